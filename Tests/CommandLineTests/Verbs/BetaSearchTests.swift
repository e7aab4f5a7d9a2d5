import Foundation
import Testing

@testable import ScienceCommands

/// The search for β, on networks that are a formula.
@Suite struct BetaSearchTests {
  /// Masks whose accuracy drops with a power of β.
  private struct Formula {
    /// β at which .02 of the accuracy is lost.
    var critical = 1e-4
    /// Accuracy of the network.
    var unmasked = 0.99
    /// Steps from which on masks settle.
    var settling = 0
    private(set) var asked: [BetaSearch.Point] = []

    init(critical: Double = 1e-4, settling: Int = 0) {
      (self.critical, self.settling) = (critical, settling)
    }

    func measure(_ point: BetaSearch.Point) -> BetaSearch.Measurement {
      let drop = min(0.9, 0.02 * pow(point.beta / critical, 2))
      return .init(
        unmasked: unmasked, accuracy: unmasked - drop, examples: 10_000,
        hasSettled: point.steps >= settling)
    }

    /// Answers until nothing is asked for.
    mutating func search(_ settings: BetaSearch.Settings) -> BetaSearch.Progress {
      let search = BetaSearch(settings: settings)
      var known: [BetaSearch.Point: BetaSearch.Measurement] = [:]
      while true {
        let progress = search.follow { known[$0] }
        guard !progress.next.isEmpty else { return progress }
        for (point, _) in progress.next {
          asked.append(point)
          known[point] = measure(point)
        }
      }
    }
  }

  private static func settings(_ start: Double) -> BetaSearch.Settings {
    BetaSearch.Settings(start: start, steps: 100)
  }

  @Test(arguments: [1e-6, 3e-5, 1e-4, 3e-4, 1e-2])
  func `the search ends below the β at which the accuracy drops`(start: Double) throws {
    var formula = Formula()
    let progress = formula.search(Self.settings(start))
    let found = try #require(progress.found)
    #expect(progress.problem == nil)
    // At the critical β the drop is just accepted; three halvings of √10 leave a factor of 10^(1/16).
    #expect(found <= 1e-4 / 1.5 * 1.001 && found > 1e-4 / 1.5 / 1.5)
    #expect(Set(formula.asked).count == formula.asked.count, "nothing is asked for twice")
    #expect(formula.asked.count <= 1 + 5 + 3 + 4)
    #expect(progress.visits.count == formula.asked.count)
  }

  @Test func `the interval is bracketed and halved as written down`() throws {
    var formula = Formula()
    let progress = formula.search(Self.settings(1e-5))
    // δ_start = .01 is reached at 1e-4 / √2.
    #expect(
      progress.visits.map(\.point.beta) == [
        1e-5, 3.16e-5, 9.99e-5, 5.62e-5, 7.49e-5, 6.49e-5, 2.22e-5, 6.66e-5, 2e-4, 6.66e-5,
      ])
    #expect(
      progress.visits.map(\.holds) == [
        true, true, false, true, false, true, true, true, false, true,
      ])
    #expect(progress.found == 6.66e-5)
    #expect(progress.visits.map(\.point.steps).suffix(4) == [100, 100, 100, 50])
    #expect(progress.visits.filter(\.point.isWhole).count == 4)
    #expect(progress.visits.suffix(4).allSatisfy { $0.purpose == .validity })
  }

  @Test func `steps are doubled once, where masks have not settled`() throws {
    var formula = Formula(settling: 1000)
    let progress = formula.search(Self.settings(1e-5))
    #expect(progress.steps == 200)
    #expect(formula.asked.prefix(3).map(\.steps) == [100, 200, 200])
    #expect(formula.asked[0].beta == formula.asked[1].beta)
    var kept = Formula(settling: 1000)
    var settings = Self.settings(1e-5)
    settings.doublesSteps = false
    #expect(kept.search(settings).steps == 100)
    var settled = Formula(settling: 150)
    #expect(settled.search(Self.settings(1e-5)).steps == 200)
  }

  @Test func `a search without an end says so`() {
    var high = Formula(critical: 1)
    let up = high.search(Self.settings(1e-8))
    #expect(up.found != nil, "all β hold: the largest is taken")
    var low = Formula(critical: 1e-12)
    let down = low.search(Self.settings(1e-2))
    #expect(down.found == nil && down.problem?.contains("drops at every β") == true)
    #expect(down.next.isEmpty)
    var strict = Self.settings(1e-5)
    strict.acceptedDrop = 0
    strict.firstDrop = 0.5
    var formula = Formula()
    #expect(formula.search(strict).problem?.contains("no β has a drop of at most 0") == true)
  }

  @Test func `few examples allow a larger drop at first`() {
    // Two standard errors of the difference: 2 √(2 · .99 · .01 / 100) = .028.
    let search = BetaSearch(settings: Self.settings(1e-4))
    let progress = search.follow { point in
      guard point.beta == 1e-4 else { return nil }
      return .init(unmasked: 0.99, accuracy: 0.964, examples: 100, hasSettled: true)
    }
    #expect(progress.visits.map(\.holds) == [true])
    let sure = search.follow { point in
      guard point.beta == 1e-4 else { return nil }
      return .init(unmasked: 0.99, accuracy: 0.964, examples: 10_000, hasSettled: true)
    }
    #expect(sure.visits.map(\.holds) == [false])
  }

  @Test func `β has three digits`() {
    #expect(BetaSearch.rounded(1e-4 * 10.0.squareRoot()) == 3.16e-4)
    #expect(BetaSearch.rounded(0.000_099_996) == 1e-4)
    #expect(BetaSearch.rounded(1.28e-3) == 1.28e-3)
    #expect(BetaSearch.rounded(0) == 0)
  }
}

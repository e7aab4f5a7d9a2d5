import Foundation

/// The search for the strength of the regulariser β, as the papers describe it: masks are trained for the
/// complete task; β is raised until the performance drops, and then reduced slightly.
///
/// With A the accuracy under the mask of the complete task and A₀ that of the network without masks, on n
/// examples:
///
/// 1. From a start, β is multiplied by √10 as long as A₀ − A ≤ δ_start = max(.01, 2 √(2 A₀ (1 − A₀) / n)), two
///    standard errors of the difference of two such accuracies; if it does not hold at the start, β is divided by √10
///    until it does. The first time that masks have not settled, training is made twice as long for
///    this β and all that follow.
/// 2. The interval between the last β that holds and the first that does not is halved three times, in
///    logarithms.
/// 3. The largest β of all with A₀ − A ≤ δ_ok, divided by 1.5, is what is found.
/// 4. Around it, the masks of all stages are learned with a third of it, with itself and with three times as
///    much, and with half the steps: what is concluded from masks should change little.
///
/// The search has no state but what has been measured: with the same measurements it asks for the same
/// points.
///
/// Reference: Csordás et al. (ICLR 2021), section 2 and appendix; the numbers are ours.
struct BetaSearch {
  /// Where the search begins, and what it accepts.
  struct Settings: Hashable {
    /// The first β.
    var start: Double
    /// Steps of mask training.
    var steps: Int
    /// δ_ok.
    var acceptedDrop = 0.02
    /// δ_start; by the number of examples if nil.
    var firstDrop: Double?
    /// Whether steps are doubled where masks have not settled.
    var doublesSteps = true
  }

  /// Masks to be learned.
  struct Point: Hashable {
    /// β, of three digits.
    let beta: Double
    /// Steps of mask training.
    let steps: Int
    /// Whether masks of all stages are learned, or that of the complete task alone.
    var isWhole = false
  }

  /// What was measured at a point, means over seeds.
  struct Measurement: Hashable {
    /// A₀.
    var unmasked: Double
    /// A.
    var accuracy: Double
    /// n.
    var examples: Double
    /// Whether the kept fraction has settled, for every seed.
    var hasSettled: Bool

    /// A₀ − A.
    var drop: Double { unmasked - accuracy }
  }

  /// Why a point was asked for.
  enum Purpose: String {
    case bracket
    case bisection
    case validity
  }

  /// A point that has been measured.
  struct Visit {
    let point: Point
    let purpose: Purpose
    let measurement: Measurement
    /// Whether the drop is at most δ_start.
    let holds: Bool
  }

  /// How far the search has come.
  struct Progress {
    /// What has been measured, in the order of the search.
    var visits: [Visit] = []
    /// What is to be measured next; empty when nothing is left.
    var next: [(point: Point, purpose: Purpose)] = []
    /// β as it is found.
    var found: Double?
    /// Steps with which it was found.
    var steps: Int
    /// Why nothing was found.
    var problem: String?
  }

  /// β is changed by √10 at most so often in one direction.
  static let mostStrides = 8
  /// How often the interval is halved.
  static let halvings = 3
  /// By what the largest accepted β is divided.
  static let reduction = 1.5

  let settings: Settings

  /// A β of three digits.
  static func rounded(_ beta: Double) -> Double {
    guard beta > 0 else { return 0 }
    let unit = pow(10, floor(log10(beta)) - 2)
    // Written with three digits, it is the number that a manifest with these digits has.
    return Double(String(format: "%.2e", (beta / unit).rounded() * unit)) ?? beta
  }

  /// Follows the search as far as the measurements reach.
  ///
  /// - Parameter measured: what was measured at a point; nil when it is not known yet.
  func follow(_ measured: @escaping (Point) -> Measurement?) -> Progress {
    var walk = Walk(settings: settings, measured: measured)
    do throws(Missing) {
      guard let (holding, failing) = try walk.bracket() else { return walk.progress }
      if let failing { try walk.bisect(holding, failing) }
      walk.conclude()
      walk.askForValidity()
    } catch {
      walk.progress.next = [(error.point, error.purpose)]
    }
    return walk.progress
  }
}

/// A point that is not measured yet.
private struct Missing: Error {
  let point: BetaSearch.Point
  let purpose: BetaSearch.Purpose
}

/// One walk through the search.
private struct Walk {
  let settings: BetaSearch.Settings
  let measured: (BetaSearch.Point) -> BetaSearch.Measurement?
  var progress: BetaSearch.Progress

  init(
    settings: BetaSearch.Settings,
    measured: @escaping (BetaSearch.Point) -> BetaSearch.Measurement?
  ) {
    self.settings = settings
    self.measured = measured
    progress = BetaSearch.Progress(steps: settings.steps)
  }

  /// Whether the accuracy holds at a β.
  private mutating func holds(
    _ beta: Double, _ purpose: BetaSearch.Purpose
  ) throws(Missing) -> Bool {
    let point = BetaSearch.Point(beta: beta, steps: progress.steps)
    guard let found = measured(point) else { throw Missing(point: point, purpose: purpose) }
    let holds = visit(point, purpose, found)
    guard !found.hasSettled, settings.doublesSteps, progress.steps == settings.steps else {
      return holds
    }
    progress.steps *= 2
    return try self.holds(beta, purpose)
  }

  private mutating func visit(
    _ point: BetaSearch.Point, _ purpose: BetaSearch.Purpose, _ found: BetaSearch.Measurement
  ) -> Bool {
    let error =
      2 * (2 * found.unmasked * (1 - found.unmasked) / max(found.examples, 1)).squareRoot()
    let holds = found.drop <= settings.firstDrop ?? max(0.01, error)
    progress.visits.append(
      .init(point: point, purpose: purpose, measurement: found, holds: holds))
    return holds
  }

  /// The last β that holds and the first that does not; no such one when all hold, and nil when none does.
  mutating func bracket() throws(Missing) -> (holding: Double, failing: Double?)? {
    var beta = BetaSearch.rounded(settings.start)
    let rises = try holds(beta, .bracket)
    for _ in 0..<BetaSearch.mostStrides {
      let next = BetaSearch.rounded(rises ? beta * 10.squareRoot() : beta / 10.squareRoot())
      if try holds(next, .bracket) != rises {
        return rises ? (beta, next) : (next, beta)
      }
      beta = next
    }
    if rises { return (beta, nil) }
    progress.problem =
      "the accuracy drops at every β down to \(beta): train masks longer (mask.steps), or accept a larger drop"
    return nil
  }

  mutating func bisect(_ holding: Double, _ failing: Double) throws(Missing) {
    var (low, high) = (holding, failing)
    for _ in 0..<BetaSearch.halvings {
      let middle = BetaSearch.rounded((low * high).squareRoot())
      if try holds(middle, .bisection) { low = middle } else { high = middle }
    }
  }

  /// Finds β.
  mutating func conclude() {
    let accepted = progress.visits.filter {
      $0.point.steps == progress.steps && $0.measurement.drop <= settings.acceptedDrop
    }
    guard let largest = accepted.map(\.point.beta).max() else {
      progress.problem =
        "no β has a drop of at most \(settings.acceptedDrop): train masks longer (mask.steps), or accept a "
        + "larger drop"
      return
    }
    progress.found = BetaSearch.rounded(largest / BetaSearch.reduction)
  }

  /// Notes what is known around the β that was found, and asks for the rest.
  mutating func askForValidity() {
    guard let found = progress.found else { return }
    let points =
      [found / 3, found, 3 * found].map {
        BetaSearch.Point(beta: BetaSearch.rounded($0), steps: progress.steps, isWhole: true)
      } + [.init(beta: found, steps: max(progress.steps / 2, 1), isWhole: true)]
    for point in points {
      if let found = measured(point) {
        _ = visit(point, .validity, found)
      } else {
        progress.next.append((point, .validity))
      }
    }
  }
}

import Testing

@testable import CommandLine

@Suite struct ProductSpeedTests {
  @Test func theBestOfSeveralAttemptsCounts() {
    var time = 10.0
    var durations = [2.0, 0.5, 1, 4]
    let rate = ProductSpeed.bestRate(of: 3, for: 5, clock: { time }) {
      time += durations.removeFirst()
    }
    #expect(rate == 6)
    #expect(durations.isEmpty)
  }

  @Test func attemptsDuringWhichTheClockStandsStillCountForNothing() {
    var time = 0.0
    var durations = [0.0, 0, 2]
    let rate = ProductSpeed.bestRate(of: 3, for: 1, clock: { time }) {
      time += durations.removeFirst()
    }
    #expect(rate == 1.5)
  }

  @Test func thereIsAtLeastOneAttempt() {
    var time = 0.0
    #expect(ProductSpeed.bestRate(of: 1, for: 0, clock: { time }) { time += 4 } == 0.25)
  }
}

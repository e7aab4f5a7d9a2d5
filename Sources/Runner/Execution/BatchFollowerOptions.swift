/// How the tasks of a batch system are followed.
struct BatchFollowerOptions: Sendable {
  /// Whether the first run that fails cancels all others.
  var isFailFast: Bool
  /// Seconds after the first SIGINT in which a second one cancels the jobs.
  var grace: Double
  /// Seconds between two questions to the system: from the first when something happens to the last
  /// when nothing does.
  var pollIntervals: ClosedRange<Double>
  /// Seconds between two looks into the folders of the runs, longer when there are hundreds.
  var lookInterval: Double
  /// Seconds that the last word of a task may take to arrive after the task is gone.
  var settleTime: Double
  /// Seconds that cancelled tasks have to save their state and leave.
  var cancelPatience: Double

  /// Creates options.
  init(
    isFailFast: Bool = false, grace: Double = 5, pollIntervals: ClosedRange<Double> = 1...15,
    lookInterval: Double = 0.5, settleTime: Double = 2, cancelPatience: Double = 60
  ) {
    self.isFailFast = isFailFast
    self.grace = grace
    self.pollIntervals = pollIntervals
    self.lookInterval = lookInterval
    self.settleTime = settleTime
    self.cancelPatience = cancelPatience
  }
}

/// How arrays are followed.
public struct SlurmFollowerOptions: Sendable {
  /// Whether the first run that fails cancels all others.
  public var isFailFast: Bool
  /// Seconds after the first SIGINT in which a second one cancels the arrays.
  public var grace: Double
  /// Seconds between two questions to Slurm: from the first when something happens to the last when
  /// nothing does.
  public var pollIntervals: ClosedRange<Double>
  /// Seconds between two looks into the folders of the runs, longer when there are hundreds.
  public var lookInterval: Double
  /// Seconds that the last word of a task may take to arrive after the task is gone.
  public var settleTime: Double
  /// Seconds that cancelled tasks have to save their state and leave.
  public var cancelPatience: Double

  /// Creates options.
  public init(
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

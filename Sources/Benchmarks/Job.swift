import Tensors

/// A piece of work that is measured as a whole: what is done to a trained network.
public struct Job: Sendable {
  /// As on the command line: `spectral-mlp`.
  public let name: String
  /// One line for the help.
  public let summary: String
  /// Makes the inputs; what it returns does the work.
  let prepare: @Sendable () -> () -> Void

  /// All jobs, in the order of the help.
  public static let all: [Job] = clusters + lesions + features

  /// The job of the given name.
  public static func named(_ name: String) -> Job? { all.first { $0.name == name } }
}

/// How long a job took.
public struct JobMeasurement: Sendable {
  /// How often it was done.
  public let rounds: Int
  /// Wall time, in seconds: the median.
  public let seconds: Double
  /// CPU time, in seconds: the median.
  public let cpuSeconds: Double
  /// The most memory that the process ever used, in MiB.
  public let peakMebibytes: Double
  /// How much of it came on top of the inputs.
  public let addedMebibytes: Double

  /// Does a job.
  ///
  /// - Parameters:
  ///   - job: what to do.
  ///   - rounds: how often.
  public init(_ job: Job, rounds: Int) {
    let work = job.prepare()
    let before = ProcessClock.peakMebibytes
    var (wall, cpu): ([Double], [Double]) = ([], [])
    for _ in 0..<max(rounds, 1) {
      let (startWall, startCPU) = (ProcessClock.wallSeconds(), Processor.secondsUsed())
      work()
      wall.append(ProcessClock.wallSeconds() - startWall)
      cpu.append(Processor.secondsUsed() - startCPU)
    }
    self.rounds = wall.count
    seconds = Measurement.median(wall)
    cpuSeconds = Measurement.median(cpu)
    peakMebibytes = ProcessClock.peakMebibytes
    addedMebibytes = peakMebibytes - before
  }
}

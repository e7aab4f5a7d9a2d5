import Masks
import Tensors

/// How fast the steps of a workload were.
public struct Measurement: Sendable {
  /// Steps that were timed.
  public let steps: Int
  /// Wall time of a step, in milliseconds: the median, or the mean where steps alternate in kind.
  public let millisecondsPerStep: Double
  /// CPU time of a step, in milliseconds, likewise.
  public let cpuMillisecondsPerStep: Double
  /// The shortest wall time of a step, in milliseconds.
  public let bestMillisecondsPerStep: Double
  /// The most memory that the process ever used, in MiB.
  public let peakMebibytes: Double
  /// CPU time of the step's products alone through OpenBLAS, on the shapes of single samples, in
  /// milliseconds; nil for the training of weights, and where shapes vary.
  public let productMilliseconds: Double?
  /// Learned scalars of the network, and those that have masks.
  public let parameterCount: Int
  /// Of these, how many get masks.
  public let maskedCount: Int

  /// Steps before the first one that is timed.
  static let warmUpSteps = 4

  /// Trains for some steps.
  ///
  /// - Parameters:
  ///   - workload: what to train.
  ///   - stage: weights or masks.
  ///   - clipScope: of mask training.
  ///   - steps: steps to time; as many as fit in five seconds, but at least six, when nil.
  public init(
    _ workload: Workload, stage: BenchmarkStage, clipScope: ClipScope = .trainable,
    steps: Int? = nil
  ) {
    let task = workload.makeTask()
    let subject = Subject(task, stage: stage, batch: workload.batch, clipScope: clipScope)
    for step in 0..<Self.warmUpSteps { subject.step(step) }
    var (wall, cpu): ([Double], [Double]) = ([], [])
    let begin = ProcessClock.wallSeconds()
    func isEnough() -> Bool {
      steps.map { wall.count >= $0 }
        ?? (wall.count >= 6 && ProcessClock.wallSeconds() - begin >= 5)
    }
    while !isEnough() {
      let (startWall, startCPU) = (ProcessClock.wallSeconds(), Processor.secondsUsed())
      subject.step(Self.warmUpSteps + wall.count)
      wall.append(1000 * (ProcessClock.wallSeconds() - startWall))
      cpu.append(1000 * (Processor.secondsUsed() - startCPU))
    }
    let typical = task.alternates ? Self.mean : Self.median
    self.steps = wall.count
    millisecondsPerStep = typical(wall)
    cpuMillisecondsPerStep = typical(cpu)
    bestMillisecondsPerStep = wall.min() ?? .nan
    peakMebibytes = ProcessClock.peakMebibytes
    productMilliseconds =
      stage == .mask && !task.products.isEmpty ? 1000 * ProductShape.seconds(task.products) : nil
    parameterCount = task.parameters.reduce(0) { $0 + $1.shape.count }
    maskedCount = task.masked.reduce(0) { $0 + $1.shape.count }
  }

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}

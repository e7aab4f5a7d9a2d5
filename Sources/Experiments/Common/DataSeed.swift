import ExperimentKit
import Tensors

/// A section `task` whose data are drawn at random: for every run anew, or once for all.
protocol TaskWithDataSeed {
  /// The seed that all runs draw their data from; that of the run if nil.
  var dataSeed: Int? { get }
}

extension TaskWithDataSeed {
  /// The stream of a part of the data.
  ///
  /// - Parameters:
  ///   - stream: its name, `data/` and the part.
  ///   - context: that of the run, whose seed counts unless there is one for the data.
  func random(_ stream: String, _ context: RunContext) -> RandomStream {
    (dataSeed.map { RandomSource(seed: UInt64($0)) } ?? context.random).stream(stream)
  }
}

extension Field where Root: TaskWithDataSeed {
  /// The key `data-seed`.
  static func dataSeed(_ path: SettingPath<Root, Int?>) -> Field {
    optionalInteger(
      "data-seed", path, in: 0...Int(UInt32.max), paper: "one for all runs",
      "draw the data from this seed in every run, as the published code does: runs then differ in "
        + "initial values, batches and noise alone. Without it they also differ in data, splits and "
        + "permutations"
    ).omittedByDefault()
  }
}

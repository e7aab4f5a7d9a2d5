import NetworkFiles
import Store
import Tensors

extension FuzzProperties {
  /// Its text says the same again, and it describes a network of given tensors, or says why not.
  static func check(_ architecture: NetworkArchitecture) {
    let again = try? NetworkArchitecture(architecture.text, source: "again")
    require(again == architecture, "the architecture \(architecture.text) reads differently")
    do {
      let units = try architecture.units(shapes: shapes, source: "weights")
      require(!units.tensorShapes.isEmpty, "a network without tensors")
    } catch let failure as Failure {
      require(failure.exitCode == .corrupt, "exit code of \(failure)")
    } catch {
      fatalError("the error is no Failure: \(error)")
    }
  }

  /// Tensors of a feed-forward network and of one with convolutions.
  private static let shapes: [String: Shape] = [
    "layers.0.weight": [5, 6], "layers.1.weight": [4, 5], "classifier.weight": [10, 8],
    "convolutions.0.weight": [4, 1, 3, 3], "convolutions.1.weight": [5, 4, 3, 3],
    "dense_norms.0.weight": [8],
  ]

  /// What was read is written the same again.
  static func check(_ file: PartitionFile) {
    let count = file.partitions.values.reduce(0) { $0 + $1.count }
    require(file.tensors.count == count, "\(file.tensors.count) tensors of \(count) layers")
  }
}

import Autograd
import ExportedPrograms
import NetworkFiles
import NeuralNetworks
import Store
import Tensors

extension FuzzProperties {
  /// Its text says the same again, and it describes a network of given tensors, or says why not.
  static func check(_ architecture: NetworkArchitecture) {
    let again = try? NetworkArchitecture(architecture.text, source: "again")
    require(again == architecture, "the architecture \(architecture.text) reads differently")
    do {
      let units = try architecture.units(shapes: shapes, source: "weights")
      require(
        !units.description.outline.parameters.isEmpty, "a network without parameters")
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

  /// A small network computes outputs of the shape that its description says.
  static func check(_ network: ProgramNetwork) {
    let (description, batch) = (network.description, 2)
    guard description.outline.forwardOperations < 1e6, description.outline.parameterCount < 1 << 16,
      description.outline.layers.allSatisfy({ $0.output.count < 1 << 12 }),
      description.input.count < 1 << 12
    else { return }
    let graph = Graph<Double>()
    let pass = ForwardPass(graph: graph, source: FrozenParameters())
    let x = graph.constant(Tensor<Double>(zeros: description.input.prepending(batch)))
    let y = SequentialNetwork<Double>(description, random: RandomSource(seed: 0)).forward(
      x, in: pass)
    require(y.shape == description.outline.output.prepending(batch), "an output \(y.shape)")
  }

  /// What was read is written the same again.
  static func check(_ file: PartitionFile) {
    let count = file.partitions.values.reduce(0) { $0 + $1.count }
    require(file.tensors.count == count, "\(file.tensors.count) tensors of \(count) layers")
  }
}

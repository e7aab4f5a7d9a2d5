import Datasets
import ExperimentKit
import NetworkFiles
import NeuralNetworks
import Store
import Tensors

/// Examples of one class each, on which a network of units is measured.
protocol StudiedExamples: Sendable {
  /// Number of examples.
  var count: Int { get }
  /// Names of all classes, by their numbers.
  var classNames: [String] { get }
  /// What the network takes of some examples: vectors, or images with their channels last.
  func inputs(_ units: UnitLayers, _ part: Range<Int>) -> Tensor<Float>
  /// The classes of some examples.
  func targets(_ part: Range<Int>) -> [Int]
}

/// Which examples a study needs, and what for, in words for a message.
enum ExampleNeed {
  /// It does without; accuracies are measured where there are some.
  case none
  /// Any.
  case examples(String)
  /// Images of the task.
  case images(String)
}

extension ImageSet: StudiedExamples {
  func inputs(_ units: UnitLayers, _ part: Range<Int>) -> Tensor<Float> {
    StagedNetwork.inputs(units, self, part)
  }
}

/// Examples of the reader's own files.
struct OwnStudiedExamples: StudiedExamples {
  private let inputs: InputArray
  private let rows: [Int]
  private let classes: [Int32]
  let classNames: [String]

  /// - Parameters:
  ///   - examples: with one class each.
  ///   - classNames: names of all classes of the network, by their numbers.
  init(_ examples: OwnExamples, classNames: [String]) {
    guard let classes = examples.classes else { fatalError("examples without classes") }
    (inputs, rows, self.classes) = (examples.inputs, examples.rows, classes)
    self.classNames = classNames
  }

  var count: Int { rows.count }

  func inputs(_ units: UnitLayers, _ part: Range<Int>) -> Tensor<Float> {
    inputs.batch(Array(rows[part]))
  }

  func targets(_ part: Range<Int>) -> [Int] { classes[part].map { Int($0) } }
}

extension ClusterBaseSettings {
  /// What a network is measured on, and trained if it is trained here.
  typealias Examples = (train: any StudiedExamples, test: any StudiedExamples)

  /// What outputs are compared with: always one class.
  private func loss(_ network: OwnNetwork) -> OwnLoss {
    OwnLoss(objective: .crossEntropy, output: network.description.outline.output)
  }

  /// The rules for the section `data` and the network that takes its examples.
  ///
  /// - Throws: ``Failure`` (manifest invalid).
  func validateData(_ network: OwnNetwork?) throws {
    guard data.isGiven else { return }
    guard let network else {
      throw Failure(
        .manifestInvalid, "'data' with 'network.source: \(self.network.source.rawValue)'",
        why: "networks that are trained here are trained on the images of the task",
        help: "train it with the kind own-network, and name its weights with source: file")
    }
    try data.validate()
    try loss(network).validate()
    _ = try data.form(network.input.shape)
  }

  /// The examples of the section `data`.
  ///
  /// - Throws: ``Failure`` (data missing).
  func ownExamples(_ network: OwnNetwork, _ context: RunContext) throws -> Examples {
    let loss = loss(network)
    let parts = try OwnDataReader(
      data, loss: loss, input: network.input.shape, tokens: network.tokens, context
    ).parts()
    let names = (0..<loss.output.count).map {
      $0 < data.classes.count ? data.classes[$0] : String($0)
    }
    return (
      OwnStudiedExamples(parts.train, classNames: names),
      OwnStudiedExamples(parts.test, classNames: names)
    )
  }
}

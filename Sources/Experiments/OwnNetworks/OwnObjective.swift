import Autograd
import Datasets
import NeuralNetworks
import Store
import Tensors

/// What the outputs of an own network are asked for: the setting `loss`.
enum OwnObjective: String, CaseIterable, Sendable {
  /// One class for each example.
  case crossEntropy = "cross-entropy"
  /// Several classes for each example, such as the digits of a number.
  case groups
  /// A class for each step of a sequence.
  case sequence
  /// Numbers.
  case meanSquaredError = "mse"
}

/// The right answers of some examples.
enum OwnTargets: Sendable {
  case classes(ClassArray)
  case numbers(JoinedArray)

  var count: Int {
    switch self {
    case .classes(let classes): classes.count
    case .numbers(let numbers): numbers.count
    }
  }
}

/// How outputs are compared with targets.
struct OwnLoss: Sendable {
  let objective: OwnObjective
  /// The shape of one output.
  let output: Shape

  /// Whether the network can be asked for this at all.
  ///
  /// - Throws: ``Failure`` (manifest invalid).
  func validate() throws {
    func failure(_ needed: String) -> Failure {
      Failure(
        .manifestInvalid,
        "loss: \(objective.rawValue) for a network whose outputs have shape \(output)",
        why: "needed are \(needed)", help: "change the last layers, or the loss")
    }
    switch objective {
    case .crossEntropy:
      guard output.rank == 1, output[0] > 1 else { throw failure("K outputs, one for each class") }
    case .groups:
      guard output.rank == 1, output[0] > 1 else { throw failure("G·K outputs for G groups") }
    case .sequence:
      guard output.rank == 2, output[1] > 1 else {
        throw failure("T×K outputs, K for each of T steps")
      }
    case .meanSquaredError: break
    }
  }

  /// K, the number of classes at each of so many places.
  func classCount(places: Int) -> Int { output.count / max(1, places) }

  private static let onlyClasses = "vectors with a single 1 are not read: save targets.argmax(1)"

  /// Whether targets fit the outputs.
  ///
  /// - Throws: ``Failure`` (data missing).
  func check(_ targets: OwnTargets) throws {
    func failure(_ source: String, _ shape: Shape, _ needed: String, _ help: String) -> Failure {
      Failure(
        .dataMissing,
        "the targets of \(Failure.quote(path: source)) have shape \(shape)",
        why: "loss: \(objective.rawValue) for outputs \(output) needs \(needed)", help: help)
    }
    switch targets {
    case .numbers(let numbers):
      guard numbers.rowShape.count == output.count else {
        throw failure(
          numbers.source, numbers.rowShape.prepending(numbers.count),
          "N×\(output.dimensions.map(String.init).joined(separator: "×"))",
          "as many numbers for each example as the network gives")
      }
      for row in 0..<numbers.count {
        if let number = numbers.row(row).first(where: { !$0.isFinite }) {
          throw Failure(
            .dataMissing, "\(numbers.name(of: row)) has the target \(CSVNumber.format(number))",
            why: "targets are finite")
        }
      }
    case .classes(let classes):
      let shape: Shape = [classes.count, classes.places]
      switch objective {
      case .crossEntropy where classes.places != 1:
        throw failure(
          classes.source, shape, "N classes",
          classes.places == output[0]
            ? Self.onlyClasses
            : "for several classes for each example choose loss: groups, or sequence")
      case .groups where output[0] % classes.places != 0 || output[0] == classes.places:
        throw failure(
          classes.source, shape, "N×G classes, with outputs that are a multiple of G",
          output[0] == classes.places
            ? Self.onlyClasses : "the outputs of group g are those from g·K on")
      case .sequence where classes.places != output[0]:
        throw failure(
          classes.source, shape, "N×\(output[0]) classes",
          "a class for each step, -1 where nothing is asked")
      default: break
      }
      try classes.check(
        below: classCount(places: classes.places), allowsNone: objective == .sequence)
    }
  }

  // MARK: - Training

  /// The mean loss of a batch: over examples and places that count, or over all numbers.
  func loss(
    _ outputs: Value<Float>, _ targets: OwnTargets, rows: [Int], in pass: ForwardPass<Float>
  ) -> Value<Float> {
    switch targets {
    case .numbers(let numbers):
      return pass.loss(
        outputs: outputs, numbers: Self.tensor(numbers, rows: rows, shape: outputs.shape))
    case .classes(let classes):
      let asked = rows.flatMap { classes.row($0) }
      let logits = pass.graph.reshape(
        outputs, to: [asked.count, classCount(places: classes.places)])
      guard objective == .sequence else {
        return pass.loss(logits: logits, classes: asked.map { Int($0) })
      }
      let counted = Double(max(1, asked.count { $0 >= 0 }))
      return pass.loss(
        logits: logits, classes: asked.map { max(0, Int($0)) },
        weights: asked.map { $0 < 0 ? 0 : 1 / counted })
    }
  }

  private static func tensor(_ numbers: JoinedArray, rows: [Int], shape: Shape) -> Tensor<Float> {
    Tensor(rows.flatMap { numbers.row($0).map { Float($0) } }, shape: shape)
  }

  // MARK: - Measurement

  /// What the network made of an example.
  struct Outcome {
    /// Whether all classes are right; nil for numbers.
    var isRight: Bool?
    /// The mean over its places, or over its numbers.
    var loss: Double
    /// The predicted class of the first place.
    var predicted: Int
  }

  /// The outcome of every example of a batch.
  func outcomes(_ outputs: Tensor<Float>, _ targets: OwnTargets, rows: [Int]) -> [Outcome] {
    switch targets {
    case .numbers(let numbers):
      let width = output.count
      return rows.enumerated().map { item, row in
        let right = numbers.row(row)
        let sum = (0..<width).reduce(0.0) { sum, place in
          let difference = Double(outputs[flat: item * width + place]) - Double(Float(right[place]))
          return sum + difference * difference
        }
        return Outcome(isRight: nil, loss: sum / Double(width), predicted: 0)
      }
    case .classes(let classes):
      let places = classes.places
      let logits = outputs.reshaped(to: [rows.count * places, classCount(places: places)])
      let logSum = logits.softmaxRows().logSum
      let predicted = logits.argmaxRows()
      return rows.enumerated().map { item, row in
        var (loss, counted, isRight) = (0.0, 0, true)
        for (place, target) in classes.row(row).enumerated() where target >= 0 {
          let line = item * places + place
          loss += Double(logSum[flat: line]) - Double(logits[line, Int(target)])
          counted += 1
          isRight = isRight && predicted[line] == Int(target)
        }
        return Outcome(
          isRight: isRight, loss: loss / Double(max(1, counted)),
          predicted: predicted[item * places])
      }
    }
  }
}

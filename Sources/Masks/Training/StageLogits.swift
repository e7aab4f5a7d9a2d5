import Autograd
import NeuralNetworks
import Tensors

/// The logits of all masks of one stage, which are trained together, but for those that are copied
/// from finished masks and stay as they are.
struct StageLogits<Scalar: TensorScalar> {
  /// How gates are drawn from the logits.
  let estimator: any MaskEstimator
  /// K, the number of masks drawn per batch.
  let samples: Int
  /// One for each group of gates.
  private let all: [MaskLogits<Scalar>]
  /// Those that are trained.
  private let trained: [MaskLogits<Scalar>]
  /// The masked parameters in the order of the network.
  private let masked: [Masked]
  private let positions: [String: Int]

  /// A parameter and all that acts on it.
  struct Masked {
    let parameter: ParameterOutline
    let gates: [Gates]
  }

  /// Logits whose gates act on a parameter.
  struct Gates {
    let logits: MaskLogits<Scalar>
    let spread: GateSpread
  }

  /// The logits for the masks of some parameters.
  ///
  /// - Parameters:
  ///   - parameters: those that get masks, in the order of the network.
  ///   - unit: what the gates act on.
  ///   - estimator: how gates are drawn.
  ///   - samples: K.
  ///   - makeLogits: the logits of a group of gates.
  init(
    of parameters: [ParameterOutline], unit: any MaskUnit, estimator: any MaskEstimator,
    samples: Int, _ makeLogits: (GateGroup) -> MaskLogits<Scalar>
  ) {
    require(samples > 0, "\(samples) masks per batch")
    self.estimator = estimator
    self.samples = samples
    let all = unit.groups(for: parameters).map(makeLogits)
    require(Set(all.map(\.group.name)).count == all.count, "two groups of gates have one name")
    self.all = all
    trained = all.filter { $0.gradient != nil }
    masked = parameters.map { parameter in
      let gates = all.flatMap { logits in
        logits.group.members.filter { $0.parameter == parameter.name }.map { member in
          member.spread.check(gates: logits.group.shape, over: parameter)
          return Gates(logits: logits, spread: member.spread)
        }
      }
      require(!gates.isEmpty, "\(parameter.name) is to get a mask, but no gate acts on it")
      return Masked(parameter: parameter, gates: gates)
    }
    positions = Dictionary(
      uniqueKeysWithValues: parameters.enumerated().map { ($1.name, $0) })
  }

  /// All gates that act on a parameter, nil when it has no mask.
  subscript(name: String) -> [Gates]? { positions[name].map { masked[$0].gates } }

  /// The logits of a parameter that has one for each element, when the kernels compute their draws;
  /// nil when gates have to exist in memory.
  func drawnByKernels(_ name: String) -> MaskLogits<Scalar>? {
    guard estimator.isDrawnByKernels, let gates = self[name], gates.count == 1,
      gates[0].spread == .each
    else { return nil }
    return gates[0].logits
  }

  /// The logits that are trained, for the optimiser.
  var parameters: [Parameter<Scalar>] { trained.map(\.parameter) }
  /// The gradients of the logits that are trained.
  var gradients: [GradientBuffer<Scalar>] { trained.compactMap(\.gradient) }

  /// Looks which rows and columns leave the products, at some of the steps.
  func dropDeadWeights(step: Int) {
    guard step.isMultiple(of: LiveWeights<Scalar>.interval) else { return }
    for logits in all { logits.live?.update(logits.value) }
  }

  func clearGradients() {
    for gradient in gradients { gradient.clear() }
  }

  /// The penalty on the logits that are trained.
  func penalty(beta: Double, batch: Int) -> MaskPenalty<Scalar> {
    MaskPenalty(on: trained, by: estimator, beta: beta, batch: batch)
  }

  /// What presses the logits that are trained away from what earlier masks keep.
  func repulsion(from kept: MaskSet, strength: Double) -> MaskRepulsion<Scalar> {
    MaskRepulsion(from: kept, strength: strength, on: trained)
  }

  // MARK: Statistics

  var tensors: [String: Tensor<Scalar>] {
    Dictionary(uniqueKeysWithValues: all.map { ($0.group.name, $0.value) })
  }

  /// The finished masks: an element is kept when all gates that act on it are.
  var masks: MaskSet {
    MaskSet(
      Dictionary(
        uniqueKeysWithValues: masked.map { masked in
          let bits = masked.gates.map { gates in
            gates.spread.spread(
              gates.logits.value.withUnsafeBufferPointer { keptGates($0, estimator) })
          }
          let all = bits.dropFirst().reduce(bits[0]) { zip($0, $1).map(&) }
          return (masked.parameter.name, BinaryMask(bits: all, shape: masked.parameter.shape))
        }))
  }

  /// The gates that the finished masks keep, by group; nil when every weight has a gate of its own.
  var keptGroups: MaskSet? {
    guard all.contains(where: { $0.group.weightsPerGate != nil }) else { return nil }
    return MaskSet(
      Dictionary(
        uniqueKeysWithValues: all.map { logits in
          let bits = logits.value.withUnsafeBufferPointer { keptGates($0, estimator) }
          return (logits.group.name, BinaryMask(bits: bits, shape: logits.group.shape))
        }))
  }

  /// For every weight the smallest logit of the gates that act on it, by parameter name.
  var weightLogits: [String: Tensor<Scalar>] {
    Dictionary(
      uniqueKeysWithValues: masked.map { masked in
        let logits = masked.gates.map { $0.spread.spread($0.logits.value.scalars) }
        let smallest = logits.dropFirst().reduce(logits[0]) { zip($0, $1).map { min($0, $1) } }
        return (masked.parameter.name, Tensor(smallest, shape: masked.parameter.shape))
      })
  }

  var keptFraction: Double {
    let masks = masks
    return Double(masks.keptCount) / Double(max(masks.count, 1))
  }

  var meanKeepProbability: Double {
    let count = masked.reduce(0) { $0 + $1.parameter.shape.count }
    return masked.reduce(0) { $0 + keepProbability($1) } / Double(max(count, 1))
  }

  /// The sum over the elements of a parameter, whose gates are independent of each other.
  private func keepProbability(_ masked: Masked) -> Double {
    if let logits = drawnByKernels(masked.parameter.name) {
      return logits.value.applying(.sigmoid).sum()
    }
    let factors = masked.gates.map { gates in
      gates.spread.spread(
        gates.logits.value.withUnsafeBufferPointer { keepProbabilities($0, estimator) })
    }
    return factors.dropFirst().reduce(factors[0]) { zip($0, $1).map(*) }.reduce(0, +)
  }

  /// The name of the first logits that are not finite.
  var spoiltLogits: String? {
    all.first { !$0.value.isFinite }.map { "mask.logits.\($0.group.name)" }
  }

  /// The name of the first gradient that is not finite.
  var spoiltGradient: String? {
    trained.first { $0.gradient?.isFinite == false }.map { "mask.gradient.\($0.group.name)" }
  }

  // MARK: Checkpoints

  /// The logits by the names they have in checkpoints, `mask.logits.…`, and where rows and columns have
  /// left the products, those that have not (`mask.live.rows.…`, `mask.live.columns.…`).
  var state: [String: Tensor<Scalar>] {
    all.reduce(into: [:]) { state, logits in
      state["mask.logits.\(logits.group.name)"] = logits.value
      guard let live = logits.live, live.block.share < 1 else { return }
      let flags = live.state()
      state["mask.live.rows.\(logits.group.name)"] = flags.rows
      state["mask.live.columns.\(logits.group.name)"] = flags.columns
    }
  }

  /// Takes over the logits of a state.
  func restore(from state: [String: Tensor<Scalar>]) throws(OptimizerStateError) {
    for logits in all {
      try logits.parameter.restore("mask.logits.", from: state)
      logits.live?.restore(
        rows: state["mask.live.rows.\(logits.group.name)"],
        columns: state["mask.live.columns.\(logits.group.name)"])
    }
  }
}

extension Parameter {
  /// Takes its value from the tensor of its name under a prefix.
  func restore(
    _ prefix: String, from state: [String: Tensor<Scalar>]
  ) throws(OptimizerStateError) {
    guard let tensor = state[prefix + name] else { throw .missing(name: prefix + name) }
    guard tensor.shape == shape else {
      throw .shape(name: prefix + name, expected: shape, found: tensor.shape)
    }
    value = tensor
  }
}

// Loops are compiled for both element types: through witnesses they take a hundred times as long.

/// 1 for every gate that the finished mask keeps, 0 for the others.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func keptGates<Scalar: TensorScalar>(
  _ logits: UnsafeBufferPointer<Scalar>, _ estimator: any MaskEstimator
) -> [UInt8] {
  logits.map { estimator.isKept(logit: Double($0)) ? 1 : 0 }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func keepProbabilities<Scalar: TensorScalar>(
  _ logits: UnsafeBufferPointer<Scalar>, _ estimator: any MaskEstimator
) -> [Double] {
  logits.map { estimator.keepProbability(logit: Double($0)) }
}

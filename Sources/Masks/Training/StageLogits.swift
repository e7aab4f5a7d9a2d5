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
  /// The share of the weights that finished masks keep, where it is given.
  private let kept: Double?
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
  ///   - kept: the share of the weights that finished masks keep, 0…1; nil where the estimator says of every
  ///     gate whether it is kept.
  ///   - makeLogits: the logits of a group of gates.
  init(
    of parameters: [ParameterOutline], unit: any MaskUnit, estimator: any MaskEstimator,
    samples: Int, kept: Double? = nil, _ makeLogits: (GateGroup) -> MaskLogits<Scalar>
  ) {
    require(samples > 0, "\(samples) masks per batch")
    self.estimator = estimator
    self.samples = samples
    self.kept = kept
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
  var parameters: [Parameter<Scalar>] { trained.map(\.trained) }
  /// The gradients of the logits that are trained.
  var gradients: [GradientBuffer<Scalar>] { trained.compactMap(\.gradient) }

  // MARK: Dead weights

  /// What becomes of logits that leave when those of the blocks that are left are trained apart. They are,
  /// where kernels draw the masks of a matrix that layers only multiply with.
  func settled() -> SettledLogits<Scalar> {
    for masked in masked where masked.parameter.role != .embedding {
      guard let logits = drawnByKernels(masked.parameter.name), logits.gradient != nil,
        logits.group.members.count == 1
      else { continue }
      logits.live?.isApart = true
    }
    return SettledLogits(of: trained)
  }

  /// The blocks without the rows and columns that leave, by group; nil when none leaves.
  func remainingBlocks() -> [String: LiveBlock]? {
    var (blocks, shrink): ([String: LiveBlock], Bool) = ([:], false)
    for logits in all {
      guard let live = logits.live else { continue }
      let block = live.remaining(logits.value)
      blocks[logits.group.name] = block
      if block != live.block { shrink = true }
    }
    return shrink ? blocks : nil
  }

  /// Goes on with blocks, given by group.
  func goOn(with blocks: [String: LiveBlock]) {
    for logits in all {
      if let block = blocks[logits.group.name] {
        logits.live?.goOn(with: block, of: logits.parameter)
      }
    }
  }

  /// The blocks whose logits are trained apart, by parameter.
  var divided: [String: LiveBlock] {
    all.reduce(into: [:]) { blocks, logits in
      guard let live = logits.live, live.logits != nil else { return }
      for member in logits.group.members { blocks[member.parameter] = live.block }
    }
  }

  func clearGradients() {
    for gradient in gradients { gradient.clear() }
  }

  /// The penalty on the logits that are trained.
  func penalty(beta: Double, batch: Int) -> MaskPenalty<Scalar> {
    MaskPenalty(on: trained, by: estimator, beta: beta, batch: batch)
  }

  /// What presses the logits that are trained to a size.
  func sizeTarget(kept: Double, steps: Int, learningRate: Double) -> SizeTarget<Scalar> {
    SizeTarget(
      on: trained, of: pressed, by: estimator, kept: kept, steps: steps,
      learningRate: learningRate)
  }

  /// What presses the logits that are trained away from what earlier masks keep.
  func repulsion(from kept: MaskSet, strength: Double) -> MaskRepulsion<Scalar> {
    MaskRepulsion(from: kept, strength: strength, on: trained, by: estimator)
  }

  /// The masked parameters on which a gate acts that is trained.
  private var pressed: [Masked] {
    masked.filter { $0.gates.contains { $0.logits.gradient != nil } }
  }

  // MARK: Results

  /// The logits by group. Where the size of masks is given, they count from the largest one that is removed,
  /// so that the sign says for all masks what is kept.
  var tensors: [String: Tensor<Scalar>] {
    let origin = origin
    return Dictionary(
      uniqueKeysWithValues: all.map { logits in
        let (name, value) = (logits.group.name, logits.value)
        guard origin != 0, logits.gradient != nil else { return (name, value) }
        return (name, Tensor(value.scalars.map { $0 - origin }, shape: value.shape))
      })
  }

  /// What finished logits count from: with a given size, the largest one that is too small, else 0.
  private var origin: Scalar {
    guard let kept else { return 0 }
    let logits = pressed.flatMap { smallest($0) { $0.logits.value.scalars } }.sorted(by: >)
    guard let largest = logits.first, let last = logits.last else { return 0 }
    let count = Int((kept * Double(logits.count)).rounded())
    guard count > 0 else { return largest }
    return logits[count...].first { $0 < logits[count - 1] } ?? last - 1
  }

  /// The finished masks: an element is kept when all gates that act on it are.
  var masks: MaskSet {
    let gates = keptGates
    return MaskSet(
      Dictionary(
        uniqueKeysWithValues: masked.map { masked in
          let bits = smallest(masked) { gates[$0.logits.group.name] ?? [] }
          return (masked.parameter.name, BinaryMask(bits: bits, shape: masked.parameter.shape))
        }))
  }

  /// 1 for every gate that the finished masks keep, 0 for the others, by group.
  private var keptGates: [String: [UInt8]] {
    tensors.mapValues { $0.withUnsafeBufferPointer { gatesKept($0, estimator) } }
  }

  /// The gates that the finished masks keep, by group; nil when every weight has a gate of its own.
  var keptGroups: MaskSet? {
    guard all.contains(where: { $0.group.weightsPerGate != nil }) else { return nil }
    let gates = keptGates
    return MaskSet(
      Dictionary(
        uniqueKeysWithValues: all.map { logits in
          let name = logits.group.name
          return (name, BinaryMask(bits: gates[name] ?? [], shape: logits.group.shape))
        }))
  }

  /// For every weight the smallest rank of the gates that act on it, by parameter name.
  var weightLogits: [String: Tensor<Scalar>] {
    let ranks = tensors.mapValues { $0.withUnsafeBufferPointer { gateRanks($0, estimator) } }
    return Dictionary(
      uniqueKeysWithValues: masked.map { masked in
        let least = smallest(masked) { ranks[$0.logits.group.name] ?? [] }
        return (masked.parameter.name, Tensor(least, shape: masked.parameter.shape))
      })
  }

  /// For every element of a parameter the smallest of what its gates have.
  private func smallest<Item: Comparable>(
    _ masked: Masked, _ items: (Gates) -> [Item]
  ) -> [Item] {
    let spread = masked.gates.map { $0.spread.spread(items($0)) }
    return spread.dropFirst().reduce(spread[0]) { zip($0, $1).map { min($0, $1) } }
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
        gates.logits.value.withUnsafeBufferPointer { gateKeepProbabilities($0, estimator) })
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
      let name = logits.group.name
      try logits.parameter.restore("mask.logits.", from: state)
      guard let live = logits.live else { continue }
      let block = live.block(
        rows: state["mask.live.rows.\(name)"], columns: state["mask.live.columns.\(name)"])
      live.goOn(with: block, of: logits.parameter)
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

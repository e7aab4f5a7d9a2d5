import Masks
import Tensors

/// A network of three layers that adds by construction, with the weights that each of two sub-tasks
/// needs.
///
/// With s = a + b, a *ramp* of the first hidden layer computes relu(s − k + 1) for a k of 1…2n−2, from
/// the one-hot operands: digit i contributes i. A *detector* of the second layer is 1 where s = k and
/// else 0,
///
///     relu(s − k + 1) − 2 relu(s − k)     then relu,
///
/// for k of 0…2n−2; the ramp of k = 0 is replaced by a bias of 1. A detector raises the logit of k modulo
/// m by 5 in each sub-task that it serves. The sub-tasks are a + b in two moduli, with outputs of their
/// own.
///
/// Detectors form *modules* with ramps of their own: that of the first sub-task, that of the second, and
/// one that serves both, for a run of consecutive sums (on a circle, from a random start). Weights that no
/// example needs are zero. What is left is exactly what is needed: without any one of these weights some
/// example of the sub-task has a wrong answer or none, and without any other its logits are the same.
///
/// Hidden units stand in random order. Those that are left over, and the spare ones, have incoming weights
/// drawn from those of the others, and nothing reads them.
///
/// Compiled networks as a test of methods that look for parts of networks: Gupta, Arcuschin, Kwa,
/// Garriga-Alonso: InterpBench (2024), arXiv:2407.14494. A dial from separate to shared modules: Béna,
/// Goodman: Dynamics of specialization in neural modules under resource constraints (2025), Nature
/// Communications 16, arXiv:2106.02626, there by the number of connections between trained modules.
struct PlantedAdders {
  /// Units of each of the hidden layers.
  let hidden: Int
  /// The values of all parameters, by name.
  private(set) var values: [String: Tensor<Float>] = [:]
  /// The weights and biases that each of the sub-tasks needs.
  private(set) var truth: [MaskSet] = []

  /// What a detector adds to the logit of the right answer.
  private static let gain: Float = 5

  /// A module: sums that are recognised by the same units, and the sub-tasks that read them.
  private struct Module {
    let sums: Set<Int>
    let tasks: [Int]

    /// The k of its ramps.
    func ramps(below end: Int) -> [Int] {
      sums.union(sums.map { $0 + 1 }).filter { (1..<end).contains($0) }.sorted()
    }
  }

  /// Units of a hidden layer for n operands, without spare ones.
  static func unitCount(operands: Int) -> Int { 4 * operands - 2 }

  /// A network.
  ///
  /// - Parameters:
  ///   - task: n operands, and the moduli of two sub-tasks.
  ///   - model: what the sub-tasks share, and the spare units.
  ///   - random: the run's randomness: order of units, first shared sum, spare weights.
  init(_ task: PlantedTask, _ model: PlantedModel, random: RandomSource) {
    hidden = Self.unitCount(operands: task.operands) + model.spare
    let modules = Self.modules(task, model, random)
    let n = task.operands
    let classes = task.moduli.max() ?? 0
    var layers = [
      PlantedLayer("layers.0", outputs: hidden, inputs: 2 * n),
      PlantedLayer("layers.1", outputs: hidden, inputs: hidden),
      PlantedLayer("layers.2", outputs: 2 * classes, inputs: hidden),
    ]
    let orders = [0, 1].map { random.stream("planted/units-\($0)").permutation(hidden) }
    var (rampCount, detectorCount) = (0, 0)
    /// Adds a ramp.
    func addRamp(_ k: Int, _ module: Module) -> Int {
      let unit = orders[0][rampCount]
      rampCount += 1
      layers[0].put(bias: Float(1 - k), unit, module.tasks)
      // Digits above k matter only to the detector of k − 1, digits below k − n + 1 to none.
      let digits = max(1, k - n + 1)...(module.sums.contains(k - 1) ? n - 1 : min(k, n - 1))
      for operand in 0..<2 {
        for digit in digits {
          layers[0].put(Float(digit), unit, operand * n + digit, module.tasks)
        }
      }
      return unit
    }
    func addRamps(_ module: Module) -> [Int: Int] {
      module.ramps(below: 2 * n - 1).reduce(into: [:]) { $0[$1] = addRamp($1, module) }
    }
    let common =
      model.sharesFirstLayer
      ? addRamps(Module(sums: Set(0..<2 * n - 1), tasks: [0, 1])) : nil
    for module in modules {
      let ramps = common ?? addRamps(module)
      for k in module.sums.sorted() {
        let unit = orders[1][detectorCount]
        detectorCount += 1
        if k == 0 { layers[1].put(bias: 1, unit, module.tasks) }
        if let ramp = ramps[k] { layers[1].put(1, unit, ramp, module.tasks) }
        if let ramp = ramps[k + 1] { layers[1].put(-2, unit, ramp, module.tasks) }
        for sum in module.tasks {
          layers[2].put(Self.gain, sum * classes + k % task.moduli[sum], unit, [sum])
        }
      }
    }
    layers[0].fill(orders[0].dropFirst(rampCount), random.stream("planted/spare-0"))
    layers[1].fill(orders[1].dropFirst(detectorCount), random.stream("planted/spare-1"))
    for layer in layers { values.merge(layer.values) { $1 } }
    truth = [0, 1].map { task in
      MaskSet(layers.map { $0.truth(of: task) }.reduce(into: [:]) { $0.merge($1) { $1 } })
    }
  }

  private static func modules(
    _ task: PlantedTask, _ model: PlantedModel, _ random: RandomSource
  ) -> [Module] {
    let sums = 2 * task.operands - 1
    let count = Int((model.shared * Double(sums)).rounded())
    let start = random.stream("planted/start").integers(1, below: sums)[0]
    let shared = Set((0..<count).map { (start + $0) % sums })
    let own = Set(0..<sums).subtracting(shared)
    return [
      Module(sums: own, tasks: [0]), Module(sums: own, tasks: [1]),
      Module(sums: shared, tasks: [0, 1]),
    ]
  }
}

/// A fully connected layer that is put together weight by weight.
private struct PlantedLayer {
  let name: String
  private var weight: Tensor<Float>
  private var bias: Tensor<Float>
  /// Which sub-tasks need a weight, and a bias: bit t for sub-task t.
  private var weightTasks: [UInt8]
  private var biasTasks: [UInt8]
  private var units: Set<Int> = []

  init(_ name: String, outputs: Int, inputs: Int) {
    self.name = name
    weight = Tensor(zeros: [outputs, inputs])
    bias = Tensor(zeros: [outputs])
    weightTasks = [UInt8](repeating: 0, count: outputs * inputs)
    biasTasks = [UInt8](repeating: 0, count: outputs)
  }

  private static func bits(_ tasks: [Int]) -> UInt8 { tasks.reduce(0) { $0 | 1 << UInt8($1) } }

  mutating func put(_ value: Float, _ unit: Int, _ input: Int, _ tasks: [Int]) {
    units.insert(unit)
    weight[unit, input] = value
    weightTasks[unit * weight.shape[1] + input] = Self.bits(tasks)
  }

  /// Puts a bias, of which 0 is none.
  mutating func put(bias value: Float, _ unit: Int, _ tasks: [Int]) {
    units.insert(unit)
    bias[unit] = value
    if value != 0 { biasTasks[unit] = Self.bits(tasks) }
  }

  /// Draws the weights of further units from those that the others have.
  mutating func fill(_ spare: ArraySlice<Int>, _ random: RandomStream) {
    let width = weight.shape[1]
    let found = units.sorted().flatMap { unit in (0..<width).map { weight[unit, $0] } }
    let draws = random.integers(spare.count * width, below: found.count)
    for (place, unit) in spare.enumerated() {
      for input in 0..<width { weight[unit, input] = found[draws[place * width + input]] }
    }
  }

  var values: [String: Tensor<Float>] { ["\(name).weight": weight, "\(name).bias": bias] }

  /// What a sub-task needs, by parameter name.
  func truth(of task: Int) -> [String: BinaryMask] {
    func bits(_ tasks: [UInt8]) -> [UInt8] { tasks.map { $0 >> UInt8(task) & 1 } }
    return [
      "\(name).weight": BinaryMask(bits: bits(weightTasks), shape: weight.shape),
      "\(name).bias": BinaryMask(bits: bits(biasTasks), shape: bias.shape),
    ]
  }
}

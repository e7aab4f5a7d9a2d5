import Masks
import NeuralNetworks
import Tensors

/// The training of masks by any estimator and unit on a frozen network, in plain loops over examples,
/// weights and gates.
struct NaiveGatedTraining {
  private(set) var logits: [String: [Double]] = [:]
  private let network: NaiveNetwork
  private let weights: [String: [Double]]
  private let groups: [GateGroup]
  private let estimator: any MaskEstimator
  private let settings: MaskTrainer<Double>.Settings
  private var adam = NaiveAdam()

  init(
    _ network: SequentialNetwork<Double>, masking masked: [ParameterOutline],
    _ estimator: any MaskEstimator, _ unit: any MaskUnit, _ settings: MaskTrainer<Double>.Settings,
    startingFrom start: [String: Tensor<Double>] = [:]
  ) {
    self.network = NaiveNetwork(network)
    weights = network.parameters.reduce(into: [:]) { $0[$1.name] = $1.value.scalars }
    groups = unit.groups(for: masked)
    self.estimator = estimator
    self.settings = settings
    for group in groups {
      if let start = start[group.name] {
        logits[group.name] = start.scalars
        continue
      }
      logits[group.name] = [Double](repeating: settings.startLogit, count: group.shape.count)
    }
  }

  /// The gates that act on an element: their groups and places.
  private func gates(_ parameter: String, _ index: Int) -> [(group: String, gate: Int)] {
    groups.flatMap { group in
      group.members.filter { $0.parameter == parameter }.map { member in
        switch member.spread {
        case .each: (group.name, index)
        case .table(let table): (group.name, Int(table[index]))
        }
      }
    }
  }

  mutating func step(
    _ step: Int, inputs: Tensor<Double>, classes: [Int], random: RandomSource, stage: String
  ) -> (loss: Double, norm: Double) {
    let batch = classes.count
    let estimator = estimator.at(step: step)
    var dLogits = logits.mapValues { $0.map { _ in 0.0 } }
    var loss = 0.0
    for example in 0..<batch {
      let sample = example / (batch / settings.samples)
      func draw(_ place: (group: String, gate: Int)) -> GateSample {
        let noise = random.stream("mask-noise/\(stage)/\(place.group)").at(step: step)
        let all = logits[place.group, default: []]
        return estimator.fitted { all }.sample(
          logit: all[place.gate],
          word: noise.word(index: UInt64(place.gate), sample: sample))
      }
      loss += network.differentiate(
        (0..<inputs.shape[1]).map { inputs[example, $0] }, class: classes[example], batch: batch
      ) { name, index in
        gates(name, index).reduce(weights[name, default: []][index]) { $0 * draw($1).value }
      } add: { name, index, gradient in
        let gates = gates(name, index)
        for (number, gate) in gates.enumerated() {
          let others = gates.enumerated().filter { $0.offset != number }
          let product = others.reduce(weights[name, default: []][index]) {
            $0 * draw($1.element).value
          }
          dLogits[gate.group, default: []][gate.gate] += gradient * product * draw(gate).slope
        }
      }
    }
    // The penalty counts weights: once for each weight that a gate acts on.
    for (name, weights) in weights {
      for index in weights.indices {
        for (group, gate) in gates(name, index) {
          let beta = groups.first { $0.name == group }?.beta ?? settings.beta
          dLogits[group, default: []][gate] +=
            beta / Double(settings.batch)
            * estimator.penaltyGradient(logit: logits[group, default: []][gate])
        }
      }
    }
    let norm = dLogits.values.joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
    let factor = min(1, settings.clip / (norm + 1e-6))
    for (group, gradients) in dLogits {
      for (gate, gradient) in gradients.enumerated() {
        logits[group, default: []][gate] -= adam.move(group, gate, factor * gradient, step)
      }
    }
    return (loss, norm)
  }

  /// Whether the finished mask keeps an element.
  func keeps(_ parameter: String, _ index: Int) -> Bool {
    gates(parameter, index).allSatisfy {
      let all = logits[$0.group, default: []]
      return estimator.fitted { all }.isKept(logit: all[$0.gate])
    }
  }
}

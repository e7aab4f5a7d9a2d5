import Autograd
import NeuralNetworks
import Tensors
import Testing

@testable import Masks

@Suite struct RemovedWeightsTests {
  private let network = SequentialNetwork<Double>(
    .feedForward(sizes: [5, 4, 3]), random: RandomSource(seed: 2))
  private var parameters: [Parameter<Double>] { network.parameters }
  /// Weights of both layers and the second bias.
  private var masks: MaskSet {
    MaskSet([
      "layers.0.weight": mask([4, 5]), "layers.1.weight": mask([3, 4]), "layers.1.bias": mask([3]),
    ])
  }

  private func mask(_ shape: Shape) -> BinaryMask {
    let random = RandomSource(seed: 7).stream("mask").integers(shape.count, below: 3)
    return BinaryMask(bits: random.map { $0 == 0 ? 1 : 0 }, shape: shape)
  }

  private func removed(_ unit: RestoredUnit) -> RemovedWeights<Double> {
    RemovedWeights(parameters, masks: masks, unit: unit)
  }

  /// The number of the coefficient of an element.
  private func place(_ index: Int, _ unit: RestoredUnit, _ shape: Shape) -> Int {
    switch unit {
    case .weight: index
    case .row: index / (shape.count / shape[0])
    case .layer: 0
    }
  }

  @Test(arguments: RestoredUnit.allCases)
  func `what comes back is what plain loops say`(unit: RestoredUnit) throws {
    let removed = removed(unit)
    let r = removed.uniform(draw: 3) { RandomSource(seed: 1).stream($0) }
    let weights = removed.weights(r)
    #expect(Set(weights.keys) == Set(masks.names))
    for parameter in parameters {
      guard let mask = masks[parameter.name] else { continue }
      let coefficients = try #require(r[parameter.name])
      #expect(coefficients.count == unit.count(of: parameter.shape))
      #expect(coefficients.scalars.allSatisfy { $0 >= 0 && $0 < 1 })
      for index in 0..<parameter.shape.count {
        let factor =
          mask.bits[index] == 1
          ? 1 : coefficients[flat: place(index, unit, parameter.shape)]
        #expect(weights[parameter.name]?[flat: index] == parameter.value[flat: index] * factor)
      }
    }
  }

  @Test(arguments: RestoredUnit.allCases)
  func `nothing back is the mask and all back the network`(unit: RestoredUnit) {
    let removed = removed(unit)
    let (none, all) = (removed.weights(removed.constant(0)), removed.weights(removed.constant(1)))
    for parameter in parameters {
      guard let mask = masks[parameter.name] else { continue }
      #expect(none[parameter.name] == mask.applied(to: parameter.value))
      #expect(all[parameter.name] == parameter.value)
    }
  }

  /// Draws are functions of their number, independent of each other, and nested in q.
  @Test func `units come back with the probability that is asked for`() throws {
    let shape: Shape = [100, 100]
    let parameter = Parameter<Float>(
      name: "w", role: .weight, value: Tensor(repeating: 1, shape: shape))
    let removed = RemovedWeights(
      [parameter], masks: MaskSet(["w": BinaryMask(keepingAll: false, shape: shape)]),
      unit: .weight)
    func uniform(_ draw: Int) -> RemovedWeights<Float>.Coefficients {
      removed.uniform(draw: draw) { RandomSource(seed: 1).stream($0) }
    }
    #expect(uniform(0)["w"] == uniform(0)["w"])
    #expect(uniform(0)["w"] != uniform(1)["w"])
    var smaller = Tensor<Float>(zeros: [shape.count])
    for q in [0.01, 0.1, 0.5, 0.9, 1] {
      let back = try #require(RemovedWeights.returned(uniform(0), share: q)["w"])
      #expect(back.scalars.allSatisfy { $0 == 0 || $0 == 1 })
      let share = back.sum() / Double(shape.count)
      #expect(abs(share - q) < 5 * (q * (1 - q) / Double(shape.count)).squareRoot() + 1e-12)
      #expect(zip(smaller.scalars, back.scalars).allSatisfy { $0 <= $1 })
      smaller = back
    }
  }

  // MARK: The adversary

  private let inputs: Tensor<Double> =
    RandomSource(seed: 4).stream("inputs").uniform([8, 5], in: -1...1)
  private let classes = [0, 1, 2, 0, 1, 2, 2, 1]

  private func loss(_ calls: MaskedCalls<Double>) -> Value<Double> {
    let logits = network.forward(calls.graph.constant(inputs), in: calls.pass())
    return calls.graph.crossEntropy(logits: logits, classes: classes)
  }

  private func loss(at weights: [String: Tensor<Double>]) -> Double {
    let source = MaskedParameters(replacing: weights)
    return loss(MaskedCalls(graph: Graph(), source: source, step: 0)).tensor.item
  }

  /// Two steps against steps along differences of the loss.
  @Test(arguments: RestoredUnit.allCases)
  func `each step goes along the sign of the difference of the loss`(unit: RestoredUnit) throws {
    let removed = removed(unit)
    let start = removed.uniform(draw: 0) { RandomSource(seed: 9).stream($0) }
    let found = RestoringAdversary(removed).attack(
      from: start, budgets: [2, 0, 1], loss: { loss($0) })
    #expect(found.count == 3)
    #expect(found[1] == start)
    var expected = start
    for step in 0..<2 {
      let current = expected
      for (name, r) in current {
        for place in 0..<r.count {
          func loss(_ change: Double) -> Double {
            var varied = current
            varied[name]?[flat: place] += change
            return self.loss(at: removed.weights(varied))
          }
          let slope = (loss(1e-5) - loss(-1e-5)) / 2e-5
          guard abs(slope) > 1e-9 else { continue }
          let moved = r[flat: place] + (slope > 0 ? 0.1 : -0.1)
          expected[name]?[flat: place] = min(max(moved, 0), 1)
        }
      }
      let given = step == 0 ? found[2] : found[0]
      for (name, r) in expected {
        #expect(
          zip(r.scalars, try #require(given[name]).scalars).allSatisfy { abs($0 - $1) < 1e-12 })
      }
    }
    #expect(loss(at: removed.weights(found[0])) > loss(at: removed.weights(start)))
  }

  @Test func `coefficients stay between 0 and 1`() {
    let removed = removed(.row)
    let found = RestoringAdversary(removed).attack(
      from: removed.constant(0.55), budgets: [30], loss: { loss($0) })
    for r in found[0].values { #expect(r.scalars.allSatisfy { $0 >= 0 && $0 <= 1 }) }
  }
}

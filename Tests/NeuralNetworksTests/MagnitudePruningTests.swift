import NeuralNetworks
import Tensors
import Testing

@Suite struct MagnitudePruningTests {
  /// Computed by Python's `(0.5 - 0.9) * (1 - t / 9380) ** 3 + 0.9`.
  private static let published: [(step: Int, sparsity: Double, isUpdate: Bool)] = [
    (0, 0.5, true), (1, 0.5001279181314261, false), (9, 0.5011502815395391, false),
    (10, 0.501277954303762, true), (100, 0.5126572738340347, true),
    (1000, 0.6147776642591294, true), (4690, 0.85, true), (9000, 0.8999734048609063, true),
    (9370, 0.8999999995153241, true), (9379, 0.8999999999995153, false), (9380, 0.9, true),
    (9400, 0.9, false),
  ]

  @Test func scheduleOfThePaper() {
    let schedule = PruningSchedule(end: 469 * 20)
    for (step, sparsity, isUpdate) in Self.published {
      #expect(schedule.sparsity(at: step) == sparsity, "step \(step)")
      #expect(schedule.isUpdate(step) == isUpdate, "step \(step)")
    }
  }

  private func parameter(_ values: [Float], role: ParameterRole = .weight) -> Parameter<Float> {
    Parameter(name: "w", role: role, value: Tensor(values, shape: [values.count]))
  }

  @Test(arguments: [0.0, 0.1, 0.37, 0.5, 0.9, 1.0]) func theLargestAreKept(sparsity: Double) {
    let random: Tensor<Float> = RandomSource(seed: 3).stream("weights").normal([501])
    let weight = parameter(random.scalars)
    MagnitudePruning(
      [weight], schedule: PruningSchedule(initial: sparsity, final: sparsity, end: 1)
    ).begin(step: 0)
    let kept = Int((501 * (1 - sparsity)).rounded(.toNearestOrEven))
    let order = random.scalars.indices.sorted { abs(random[flat: $0]) > abs(random[flat: $1]) }
    var expected = [Float](repeating: 0, count: 501)
    for place in order.prefix(kept) { expected[place] = random[flat: place] }
    #expect(weight.value.scalars == expected)
  }

  @Test func tiesAreKept() {
    let weight = parameter([1, -2, 2, 0.5, -2, 3])
    MagnitudePruning([weight], schedule: PruningSchedule(initial: 0.5, final: 0.5, end: 1))
      .begin(step: 0)
    #expect(weight.value.scalars == [0, -2, 2, 0, -2, 3])
  }

  @Test func biasesAreLeftAlone() {
    let bias = parameter([1, 2, 3], role: .bias)
    let pruning = MagnitudePruning([bias], schedule: PruningSchedule(initial: 1, final: 1, end: 1))
    pruning.begin(step: 0)
    #expect(bias.value.scalars == [1, 2, 3] && pruning.masks.isEmpty)
  }

  /// A pruned weight that an update has made large returns at the next choice, or never.
  @Test(arguments: [true, false]) func regrowth(regrows: Bool) throws {
    let weight = parameter([4, 3, 2, 1])
    let schedule = PruningSchedule(initial: 0.5, final: 0.5, end: 100)
    let pruning = MagnitudePruning([weight], schedule: schedule, regrows: regrows)
    pruning.begin(step: 0)
    #expect(weight.value.scalars == [4, 3, 0, 0])
    weight.value = Tensor([4, 3, 0, 9], shape: [4])
    pruning.end()
    #expect(weight.value.scalars == (regrows ? [4, 3, 0, 9] : [4, 3, 0, 0]))
    // No choice at step 1: the mask is that of step 0.
    pruning.begin(step: 1)
    #expect(weight.value.scalars == [4, 3, 0, 0])
    weight.value = Tensor([4, 3, 0, 9], shape: [4])
    pruning.end()
    pruning.begin(step: 10)
    #expect(weight.value.scalars == (regrows ? [4, 0, 0, 9] : [4, 3, 0, 0]))

    let other = MagnitudePruning([weight], schedule: schedule, regrows: regrows)
    try other.restore(pruning.state)
    #expect(other.masks == pruning.masks)
    #expect(throws: OptimizerStateError.missing(name: "mask.w")) { try other.restore([:]) }
  }
}

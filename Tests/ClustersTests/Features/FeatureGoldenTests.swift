import Autograd
import Clusters
import NeuralNetworks
import Store
import Tensors
import Testing

/// Pictures of features as PyTorch computes them (`tools/goldens/features.py`).
@Suite struct FeatureGoldenTests {
  private func cases(_ name: String) throws -> [JSONValue] {
    try #require(try Fixture("features").value[name]?.arrayValue)
  }

  private func image(_ value: JSONValue) -> Shape { Shape(value["image"]?.integers ?? []) }

  private func tensor<Scalar>(
    _ seed: Int, _ shape: Shape, size: Double, shift: Double = 0
  ) -> Tensor<Scalar> {
    let numbers = PlantedLayers.uniform(seed: UInt64(seed), count: shape.count)
    return Tensor(numbers.map { Scalar((2 * $0 - 1) * size + shift) }, shape: shape)
  }

  private func expect(_ found: Tensor<Double>, is expected: JSONValue?, within tolerance: Double)
    throws
  {
    let expected = try #require(expected?.numbers)
    #expect(found.count == expected.count)
    for (found, expected) in zip(found.scalars, expected) {
      #expect(abs(found - expected) <= tolerance * max(1, abs(expected)))
    }
  }

  @Test func `spectra become images, with the colours of natural images`() throws {
    let cases = try cases("spectra")
    #expect(cases.count == 4)
    for (seed, golden) in cases.enumerated() {
      let map = FourierImages<Double>(image(golden))
      let z: Tensor<Double> = tensor(seed, map.spectrum.prepending(2), size: 1)
      try expect(map.images(of: z), is: golden["images"], within: 1e-12)
    }
  }

  @Test func `images move`() throws {
    let cases = try cases("motions")
    #expect(cases.count == 6)
    for (index, golden) in cases.enumerated() {
      func integers(_ name: String) -> [Int] { golden[name]?.integers ?? [] }
      func number(_ name: String) throws -> Double { try #require(golden[name]?.numberValue) }
      var motion = ImageMotion(
        border: Int(try number("border")), reflects: golden["reflects"]?.boolValue ?? false,
        jitter: Int(try number("jitter")))
      motion.fill = try number("fill")
      motion.offset = (integers("offset")[0], integers("offset")[1])
      motion.scale = try number("scale")
      motion.degrees = try number("degrees")
      motion.secondJitter = Int(try number("second_jitter"))
      motion.secondOffset = (integers("second_offset")[0], integers("second_offset")[1])
      let x: Tensor<Double> = tensor(40 + index, image(golden).prepending(2), size: 1)
      let moved = ImageTransform<Double>(motion, of: image(golden)).images(of: x)
      try expect(moved, is: golden["images"], within: 1e-12)
    }
  }

  @Test(arguments: 0..<4)
  func `twenty steps are PyTorch's`(_ index: Int) throws {
    let golden = try cases("trajectories")[index]
    let double: FeatureOptimization<Double> = try optimization(golden)
    let single: FeatureOptimization<Float> = try optimization(golden)
    let steps = try #require(golden["scores"]?.rows)
    #expect(steps.count == 20)
    for expected in steps {
      double.step()
      single.step()
      for (image, expected) in expected.enumerated() {
        #expect(abs(double.scores[image] - expected) <= 1e-9 * max(1, abs(expected)))
        #expect(abs(single.scores[image] - expected) <= 1e-4 * max(0.1, abs(expected)))
      }
    }
    try expect(double.images, is: golden["images"], within: 1e-8)
  }

  private func optimization<Scalar>(
    _ golden: JSONValue
  ) throws -> FeatureOptimization<Scalar> {
    let widths = golden["widths"]?.integers ?? []
    var stack = ConvolutionStack(input: image(golden), channels: widths)
    stack.poolAfter = [0]
    let units = try UnitLayers(
      golden["kind"]?.stringValue == "linear"
        ? .perceptron(input: image(golden), hidden: widths, classes: 3) : .stacked(stack))
    let network = UnitNetwork<Scalar>(units, random: RandomSource(seed: 1))
    let seed = try #require(golden["seed"]?.integerValue)
    let shift = try #require(golden["bias_shift"]?.numberValue)
    for (index, parameter) in network.parameters.enumerated() {
      parameter.value = tensor(
        seed + 1 + index, parameter.shape, size: 0.5,
        shift: parameter.role == .bias ? shift : 0)
    }
    var settings = FeatureSettings()
    settings.steps = 20
    settings.transforms = .none
    settings.redirectedSteps = golden["redirected"]?.integerValue ?? 0
    settings.objective = try #require(
      FeatureObjective(rawValue: golden["objective"]?.stringValue ?? ""))
    settings.parameterization = try #require(
      FeatureParameterization(rawValue: golden["parameterization"]?.stringValue ?? ""))
    let members = golden["units"]?.arrayValue?.map(\.integers) ?? []
    let optimization = FeatureOptimization(
      network, layer: 1, units: members, settings: settings, random: RandomSource(seed: 2))
    var state = optimization.state
    let name = FeatureOptimization<Scalar>.parametersName
    let shape = try #require(state[name]?.shape)
    state[name] = tensor(seed, shape, size: 0.02)
    try optimization.restore(stepCount: 0, state: state)
    return optimization
  }
}

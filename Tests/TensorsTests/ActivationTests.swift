import Tensors
import Testing

/// The kernels of activations against the formulas in double precision, at every level.
@Suite struct ActivationTests {
  /// Evenly spaced numbers and both zeros, as many as no vector divides.
  private let x = Tensor<Float>(
    (-12_000...12_000).map { Float($0) * 0.001 } + [0, -0.0], shape: [24_003])

  @Test(arguments: Activation.all.map(\.name))
  func `values are accurate and the same at every level`(_ name: String) throws {
    let activation = try #require(Activation.all.first { $0.name == name })
    let expected = x.converted(to: Double.self).applying(activation)
    // Fewer elements than a vector go another way.
    for count in [x.count, 1, 5, 16, 33] {
      let x = Tensor(Array(x.scalars.suffix(count)), shape: [count])
      let base = KernelLevel.base.use { x.applying(activation) }
      for level in KernelLevel.allCases where level.isAvailable {
        let y = level.use { x.applying(activation) }
        #expect(y.scalars.map(\.bitPattern) == base.scalars.map(\.bitPattern))
      }
      let largest = zip(base.scalars, expected.scalars.suffix(count)).reduce(0.0) {
        $1.1 == 0 ? max($0, Double(abs($1.0))) : max($0, abs(Double($1.0) / $1.1 - 1))
      }
      #expect(largest <= activation.relativeError, "\(largest)")
    }
  }

  @Test(arguments: Activation.all.map(\.name), [false, true])
  func `gradients are accurate and the same at every level`(_ name: String, adds: Bool) throws {
    let activation = try #require(Activation.all.first { $0.name == name })
    let dY: Tensor<Float> = RandomSource(seed: 7).stream("activations").uniform(
      x.shape, in: -1...1)
    func gradient<S: TensorScalar>(_ type: S.Type, without: Bool = false) -> Tensor<S> {
      let x = x.converted(to: type)
      let y = x.applying(activation)
      var dX = Tensor<S>(repeating: adds ? 0.5 : .nan, shape: x.shape)
      Tensor.activationGradient(
        activation, input: without && !activation.gradientUsesInput ? nil : x,
        output: without && !activation.gradientUsesOutput ? nil : y, dY.converted(to: type),
        into: &dX, adds: adds)
      return dX
    }
    let base = KernelLevel.base.use { gradient(Float.self) }
    for level in KernelLevel.allCases where level.isAvailable {
      for without in [false, true] {
        let dX = level.use { gradient(Float.self, without: without) }
        #expect(dX.scalars.map(\.bitPattern) == base.scalars.map(\.bitPattern))
      }
    }
    let largest = zip(base.scalars, gradient(Double.self).scalars).reduce(0.0) {
      max($0, abs(Double($1.0) - $1.1))
    }
    #expect(largest <= 6e-7, "\(largest)")
  }

  @Test func `extreme inputs stay finite, and NaN stays visible`() {
    let large: Float = 1e4
    let x = Tensor<Float>([-large, large, .leastNonzeroMagnitude, 0, 88, -88, .nan], shape: [7])
    let atLargest: [String: [Float]] = [
      "ReLU": [0, large], "Sigmoid": [0, 1], "Tanh": [-1, 1], "GELU": [0, large],
      "SiLU": [0, large],
    ]
    for level in KernelLevel.allCases where level.isAvailable {
      level.use {
        for activation in Activation.all {
          let y = x.applying(activation)
          #expect(y.scalars.dropLast().allSatisfy({ $0.isFinite }), "\(activation.name)")
          #expect(y[flat: 6].isNaN, "\(activation.name)")
          for (found, expected) in zip(y.scalars, atLargest[activation.name] ?? []) {
            #expect(abs(found - expected) <= 1e-30, "\(activation.name)")
          }
          var dX = Tensor<Float>(zeros: x.shape)
          Tensor.activationGradient(
            activation, input: x, output: y, Tensor(repeating: 1, shape: x.shape), into: &dX,
            adds: false)
          #expect(dX.scalars.dropLast().allSatisfy({ $0.isFinite }), "\(activation.name)")
        }
      }
    }
  }
}

import Autograd
import NeuralNetworks
import Tensors
import TestSupport
import Testing

@Suite struct GlobalNormClippingTests {
  private func buffer(_ scalars: [Double]) -> GradientBuffer<Double> {
    let buffer = GradientBuffer<Double>(shape: [scalars.count])
    buffer.tensor = Tensor(scalars, shape: [scalars.count])
    return buffer
  }

  @Test func `scales everything by bound over norm plus a millionth`() {
    let gradients = [buffer([3, 0]), buffer([0, 4, 12])]
    let measurement = GlobalNormClipping(maximumNorm: 2).apply(to: gradients)
    #expect(measurement.norm == 13)
    let coefficient = 2 / (13 + 1e-6)
    #expect(measurement.coefficient == coefficient)
    expectClose(gradients[0].tensor, [3 * coefficient, 0], relative: 1e-15)
    expectClose(gradients[1].tensor, [0, 4 * coefficient, 12 * coefficient], relative: 1e-15)
  }

  @Test(arguments: [13.0 + 1e-6, 14, 1e9])
  func `leaves small gradients alone`(_ bound: Double) {
    let gradients = [buffer([3, 0]), buffer([0, 4, 12])]
    let measurement = GlobalNormClipping(maximumNorm: bound).apply(to: gradients)
    #expect(measurement.coefficient == 1)
    #expect(gradients[0].tensor.scalars == [3, 0])
    #expect(gradients[1].tensor.scalars == [0, 4, 12])
  }

  @Test func `measuring changes nothing`() {
    let gradients = [buffer([30, 40])]
    let measurement = GlobalNormClipping(maximumNorm: 1).measure(gradients)
    #expect(measurement.norm == 50)
    expectClose(measurement.coefficient, 1 / 50.000_001, relative: 1e-15)
    #expect(gradients[0].tensor.scalars == [30, 40])
  }

  @Test func `empty gradients count as zero`() {
    let empty = GradientBuffer<Double>(shape: [2])
    let measurement = GlobalNormClipping(maximumNorm: 1).apply(to: [empty, buffer([0.5])])
    #expect(measurement.norm == 0.5)
    #expect(empty.isEmpty)
  }

  /// Accumulators of frozen parameters are never cleared, count, and are scaled along.
  @Test func `accumulators stay at the bound and shrink the rest`() {
    let frozen = GradientBuffer<Double>(shape: [2])
    let clipping = GlobalNormClipping(maximumNorm: 1)
    var expected = [0.0, 0.0]
    for step in 1...5 {
      let new = [Double(step), 2]
      frozen.add(Tensor(new, shape: [2]))
      let trained = buffer([0.3])
      clipping.apply(to: [frozen, trained])

      expected = [expected[0] + new[0], expected[1] + new[1]]
      let squares = expected[0] * expected[0] + expected[1] * expected[1] + 0.09
      let coefficient = min(1, 1 / (squares.squareRoot() + 1e-6))
      expected = expected.map { $0 * coefficient }
      expectClose(frozen.tensor, expected, relative: 1e-12)
      expectClose(trained.tensor, [0.3 * coefficient], relative: 1e-12)
      #expect((frozen.sumOfSquares + trained.sumOfSquares).squareRoot() <= 1)
    }
    #expect(frozen.sumOfSquares > 0.9)
  }

  @Test func `the norm of many single-precision numbers is summed in double precision`() {
    let gradient = GradientBuffer<Float>(shape: [1_000_000])
    gradient.tensor = Tensor(repeating: 0.1, shape: [1_000_000])
    let norm = GlobalNormClipping(maximumNorm: 1).measure([gradient]).norm
    expectClose(norm, Double(Float(0.1)) * 1000, relative: 1e-10)
  }

  @Test func `norms that are not finite are reported`() {
    let clipping = GlobalNormClipping(maximumNorm: 1)
    #expect(clipping.measure([buffer([.nan])]).norm.isNaN)
    #expect(clipping.measure([buffer([.infinity])]).norm == .infinity)
    #expect(clipping.measure(norm: .infinity).coefficient == 0)
  }

  @Test func `a bound of zero is refused`() async {
    await #expect(processExitsWith: .failure) { _ = GlobalNormClipping(maximumNorm: 0) }
  }
}

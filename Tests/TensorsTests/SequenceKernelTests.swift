import Tensors
import Testing

/// The kernels of LSTM steps and layer normalisation: equal bits at every level, and the values of
/// the plain loops in double precision.
@Suite struct SequenceKernelTests {
  private let stream = RandomSource(seed: 8).stream("sequence kernels")

  private func random(_ shape: Shape, _ step: Int) -> Tensor<Float> {
    stream.uniform(shape, in: -3...3, step: step)
  }

  /// Runs `body` at every level and expects equal bits, and values near those of double precision.
  private func compare(
    _ single: () -> [Tensor<Float>], _ double: () -> [Tensor<Double>], _ comment: Comment
  ) {
    let base = KernelLevel.base.use(single)
    for level in KernelLevel.allCases where level.isAvailable {
      let other = level.use(single)
      for (a, b) in zip(base, other) {
        #expect(a.scalars.map(\.bitPattern) == b.scalars.map(\.bitPattern), comment)
      }
    }
    for (part, (a, b)) in zip(base, double()).enumerated() {
      for (x, y) in zip(a.scalars, b.scalars) {
        #expect(abs(Double(x) - y) <= 2e-6 * max(1, abs(y)), "\(comment) \(part)")
      }
    }
  }

  private func step<S: TensorScalar>(
    _ units: Int, _ has: (projection: Bool, bias: Bool, previous: Bool), _ type: S.Type
  ) -> [Tensor<S>] {
    let rows = 3
    var gates = random([rows, 4 * units], 1).converted(to: type)
    let projection = random([rows, 4 * units], 2).converted(to: type)
    let bias = random([4 * units], 3).converted(to: type)
    let previous = random([rows, units], 4).converted(to: type)
    var cells = Tensor<S>(zeros: [rows, units])
    var (tanhCells, hidden) = (cells, cells)
    gates.withUnsafeMutableBufferPointer { gates in
      projection.withUnsafeBufferPointer { projection in
        bias.withUnsafeBufferPointer { bias in
          previous.withUnsafeBufferPointer { previous in
            cells.withUnsafeMutableBufferPointer { cells in
              tanhCells.withUnsafeMutableBufferPointer { tanhCells in
                hidden.withUnsafeMutableBufferPointer { hidden in
                  guard let g = gates.baseAddress, let c = cells.baseAddress,
                    let t = tanhCells.baseAddress, let h = hidden.baseAddress
                  else { return }
                  S.lstmForward(
                    rows, units, gates: g,
                    projection: has.projection ? projection.baseAddress : nil,
                    bias: has.bias ? bias.baseAddress : nil,
                    previous: has.previous ? previous.baseAddress : nil, cells: c, tanhCells: t,
                    hidden: h)
                }
              }
            }
          }
        }
      }
    }
    return [gates, cells, tanhCells, hidden]
  }

  @Test(arguments: [1, 5, 16, 19, 40])
  func `a step forward`(units: Int) {
    for has in [(true, true, true), (false, true, true), (true, false, false)] {
      compare({ step(units, has, Float.self) }, { step(units, has, Double.self) }, "forward")
    }
  }

  private func stepBack<S: TensorScalar>(
    _ units: Int, hasPrevious: Bool, _ type: S.Type
  ) -> [Tensor<S>] {
    let rows = 3
    let activated = step(units, (true, true, true), type)
    let previous = random([rows, units], 4).converted(to: type)
    let dHidden = random([rows, units], 5).converted(to: type)
    let later = random([rows, units], 6).converted(to: type)
    var dCells = random([rows, units], 7).converted(to: type)
    var dGates = Tensor<S>(zeros: [rows, 4 * units])
    activated[0].withUnsafeBufferPointer { gates in
      activated[2].withUnsafeBufferPointer { tanhCells in
        previous.withUnsafeBufferPointer { previous in
          dHidden.withUnsafeBufferPointer { dHidden in
            later.withUnsafeBufferPointer { later in
              dCells.withUnsafeMutableBufferPointer { dCells in
                dGates.withUnsafeMutableBufferPointer { dGates in
                  guard let g = gates.baseAddress, let t = tanhCells.baseAddress,
                    let h = dHidden.baseAddress, let l = later.baseAddress,
                    let c = dCells.baseAddress, let d = dGates.baseAddress
                  else { return }
                  S.lstmBackward(
                    rows, units, gates: g, previous: hasPrevious ? previous.baseAddress : nil,
                    tanhCells: t, dHidden: h, dHiddenLater: l, dCells: c, dGates: d)
                }
              }
            }
          }
        }
      }
    }
    return [dCells, dGates]
  }

  @Test(arguments: [1, 5, 16, 19, 40])
  func `a step backward`(units: Int) {
    for hasPrevious in [true, false] {
      compare(
        { stepBack(units, hasPrevious: hasPrevious, Float.self) },
        { stepBack(units, hasPrevious: hasPrevious, Double.self) }, "backward")
    }
  }

  private func normalize<S: TensorScalar>(
    _ columns: Int, adds: Bool, _ type: S.Type
  ) -> [Tensor<S>] {
    let rows = 4
    var x = random([rows, columns], 1).converted(to: type)
    for c in 0..<columns { x[2, c] = 1.5 }  // A row without deviation.
    let gamma = random([columns], 2).converted(to: type)
    let beta = random([columns], 3).converted(to: type)
    let dY = random([rows, columns], 4).converted(to: type)
    var y = Tensor<S>(zeros: [rows, columns])
    var statistics = Tensor<S>(zeros: [rows, 3])
    var dX = random([rows, columns], 5).converted(to: type)
    var dGamma = random([columns], 6).converted(to: type)
    var dBeta = random([columns], 7).converted(to: type)
    x.withUnsafeBufferPointer { x in
      gamma.withUnsafeBufferPointer { gamma in
        beta.withUnsafeBufferPointer { beta in
          dY.withUnsafeBufferPointer { dY in
            y.withUnsafeMutableBufferPointer { y in
              statistics.withUnsafeMutableBufferPointer { statistics in
                dX.withUnsafeMutableBufferPointer { dX in
                  dGamma.withUnsafeMutableBufferPointer { dGamma in
                    dBeta.withUnsafeMutableBufferPointer { dBeta in
                      guard let x = x.baseAddress, let gamma = gamma.baseAddress,
                        let beta = beta.baseAddress, let dY = dY.baseAddress,
                        let y = y.baseAddress, let s = statistics.baseAddress,
                        let dX = dX.baseAddress, let dGamma = dGamma.baseAddress,
                        let dBeta = dBeta.baseAddress
                      else { return }
                      S.layerNorm(
                        rows, columns, x, gamma: gamma, beta: beta, epsilon: 0.5, y, statistics: s)
                      S.layerNormGradient(
                        rows, columns, x, statistics: s, gamma: gamma, dY, dX, adds: adds)
                      S.layerNormParameterGradient(
                        rows, columns, x, statistics: s, dY, dGamma: dGamma, dBeta: dBeta)
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
    return [y, dX, dGamma, dBeta]
  }

  @Test(arguments: [2, 5, 16, 19, 40], [false, true])
  func `layer normalisation`(columns: Int, adds: Bool) {
    compare(
      { normalize(columns, adds: adds, Float.self) },
      { normalize(columns, adds: adds, Double.self) }, "layer norm")
  }
}

import Tensors

/// The normalisation of the channels of a batch by means and deviations, with scales and shifts that
/// may come in samples.
struct ChannelNormalization<Scalar: TensorScalar> {
  /// Sums over the pixels of a slice, one row of C for every slice.
  struct Sums {
    /// Σ dy ⊙ z.
    let scale: Tensor<Scalar>
    /// Σ dy.
    let shift: Tensor<Scalar>
  }

  private let groups: RowGroups
  private let channels: Int
  private let mean: Tensor<Scalar>
  private let inverse: Tensor<Scalar>
  private let ofBatch: Bool
  private let (scaleSlices, shiftSlices): (Int, Int)

  init(
    x: Shape, scale: Shape, shift: Shape, mean: Tensor<Scalar>, inverse: Tensor<Scalar>,
    ofBatch: Bool
  ) {
    let scales = BiasLayout(x: x, bias: scale, operation: "batchNorm")
    let shifts = BiasLayout(x: x, bias: shift, operation: "batchNorm")
    let slices = [scales, shifts].map(\.groups.count).max() ?? 1
    require(
      slices % scales.groups.count == 0 && slices % shifts.groups.count == 0
        && mean.count == scales.columns,
      "batchNorm: scales \(scale), shifts \(shift) and \(mean.count) means")
    groups = scales.groups.count == slices ? scales.groups : shifts.groups
    (scaleSlices, shiftSlices) = (scales.groups.count, shifts.groups.count)
    channels = scales.columns
    self.mean = mean
    self.inverse = inverse
    self.ofBatch = ofBatch
  }

  /// Where the vector that serves a slice starts among `count` vectors.
  private func start(_ slice: Int, of count: Int) -> Int {
    groups.sample(serving: slice, of: count) * channels
  }

  func apply(
    to x: Tensor<Scalar>, scale: Tensor<Scalar>, shift: Tensor<Scalar>
  ) -> Tensor<Scalar> {
    var y = Tensor<Scalar>(uninitialized: x.shape)
    x.read { x in
      scale.read { scale in
        shift.read { shift in
          mean.read { mean in
            inverse.read { inverse in
              y.write { y in
                for slice in 0..<groups.count {
                  let first = groups.starts[slice] * channels
                  Scalar.normalizeChannels(
                    groups[slice].count, channels, x + first, mean: mean, inverse: inverse,
                    gamma: scale + start(slice, of: scaleSlices),
                    beta: shift + start(slice, of: shiftSlices), y + first)
                }
              }
            }
          }
        }
      }
    }
    return y
  }

  func sums(of dY: Tensor<Scalar>, x: Tensor<Scalar>) -> Sums {
    var scale = Tensor<Scalar>(uninitialized: [groups.count, channels])
    var shift = Tensor<Scalar>(uninitialized: [groups.count, channels])
    x.read { x in
      dY.read { dY in
        mean.read { mean in
          inverse.read { inverse in
            scale.write { scale in
              shift.write { shift in
                for slice in 0..<groups.count {
                  let first = groups.starts[slice] * channels
                  Scalar.channelGradients(
                    groups[slice].count, channels, x + first, mean: mean, inverse: inverse,
                    dY + first, dGamma: scale + slice * channels, dBeta: shift + slice * channels)
                }
              }
            }
          }
        }
      }
    }
    return Sums(scale: scale, shift: shift)
  }

  /// The sums as the gradient of a parameter C or S×C.
  func parameterGradient(_ sums: Tensor<Scalar>, _ shape: Shape) -> Tensor<Scalar> {
    let count = shape.rank == 1 ? 1 : shape[0]
    if count == groups.count { return sums.reshaped(to: shape) }
    let each = groups.count / count
    var result = Tensor<Scalar>(uninitialized: shape)
    sums.read { sums in
      result.write { result in
        for slice in 0..<count {
          Scalar.sumRows(
            each, channels, sums + slice * each * channels, result + slice * channels, adds: false)
        }
      }
    }
    return result
  }

  func addGradient(
    of dY: Tensor<Scalar>, to dX: inout Tensor<Scalar>, x: Tensor<Scalar>, scale: Tensor<Scalar>,
    _ sums: Sums, adds: Bool
  ) {
    let factors = coefficients(scale: scale, sums)
    x.read { x in
      dY.read { dY in
        mean.read { mean in
          factors.slope.read { slope in
            factors.shift.read { shift in
              factors.tilt.read { tilt in
                dX.write { dX in
                  for slice in 0..<groups.count {
                    let first = groups.starts[slice] * channels
                    Scalar.normalizeChannelsGradient(
                      groups[slice].count, channels, x + first, mean: mean,
                      scale: slope + slice * channels, shift: shift, tilt: tilt, dY + first,
                      dX + first, adds: adds)
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  /// dx = slope dy − shift − (x − m) tilt: slope γ / √(v + ε) of every slice, and with dz = γ ⊙ dy
  /// shift = mean(dz) / √(v + ε), tilt = mean(dz ⊙ z) / (v + ε), zero for constant statistics.
  private func coefficients(
    scale: Tensor<Scalar>, _ sums: Sums
  ) -> (slope: Tensor<Scalar>, shift: Tensor<Scalar>, tilt: Tensor<Scalar>) {
    var slope = Tensor<Scalar>(uninitialized: [groups.count, channels])
    var shift = Tensor<Scalar>(zeros: [channels])
    var tilt = Tensor<Scalar>(zeros: [channels])
    let share = 1 / Double(max(groups.rows, 1))
    for channel in 0..<channels {
      let deviation = Double(inverse[flat: channel])
      var (meanSlope, meanTilt) = (0.0, 0.0)
      for slice in 0..<groups.count {
        let gamma = Double(scale[flat: start(slice, of: scaleSlices) + channel])
        let place = slice * channels + channel
        slope[flat: place] = Scalar(gamma * deviation)
        meanSlope += gamma * Double(sums.shift[flat: place])
        meanTilt += gamma * Double(sums.scale[flat: place])
      }
      guard ofBatch else { continue }
      shift[flat: channel] = Scalar(meanSlope * share * deviation)
      tilt[flat: channel] = Scalar(meanTilt * share * deviation * deviation)
    }
    return (slope, shift, tilt)
  }
}

import NeuralNetworks
import Tensors

/// The weights that masks remove from a network, and how they are brought back in part.
///
/// With b the mask and r in [0, 1] a coefficient for each unit u of removed weights, the network computes
/// with
///
///     w' = w ⊙ (b + (1 − b) r)
///
/// r = 0 is the mask and r = 1 the network without masks. A mask that holds what computes a function
/// survives what comes back; one whose function owes to the removal of other weights does not.
public struct RemovedWeights<Scalar: TensorScalar> {
  /// A masked parameter.
  private struct Member {
    let name: String
    let weights: Tensor<Scalar>
    let mask: BinaryMask
    let units: Int
  }

  /// What comes back together.
  public let unit: RestoredUnit
  private let members: [Member]

  /// What masks remove.
  ///
  /// - Parameters:
  ///   - parameters: those of the network; the ones without a mask never change.
  ///   - masks: b.
  ///   - unit: what comes back together.
  public init(_ parameters: [Parameter<Scalar>], masks: MaskSet, unit: RestoredUnit) {
    self.unit = unit
    members = parameters.compactMap { parameter in
      masks[parameter.name].map { mask in
        require(
          mask.shape == parameter.shape,
          "mask \(mask.shape) for \(parameter.name) \(parameter.shape)")
        return Member(
          name: parameter.name, weights: parameter.value, mask: mask,
          units: unit.count(of: parameter.shape))
      }
    }
  }

  /// The coefficients of all masked parameters by name, one for each unit.
  public typealias Coefficients = [String: Tensor<Scalar>]

  /// Coefficients that are uniform in [0, 1), a function of stream and number of the draw.
  ///
  /// - Parameters:
  ///   - draw: number of the draw.
  ///   - random: a stream by name of the parameter.
  public func uniform(draw: Int, random: (String) -> RandomStream) -> Coefficients {
    coefficients { random($0.name).uniform([$0.units], step: draw) }
  }

  /// The same coefficient everywhere.
  public func constant(_ value: Scalar) -> Coefficients {
    coefficients { Tensor(repeating: value, shape: [$0.units]) }
  }

  private func coefficients(_ make: (Member) -> Tensor<Scalar>) -> Coefficients {
    Dictionary(uniqueKeysWithValues: members.map { ($0.name, make($0)) })
  }

  /// 1 where uniform coefficients are below q, 0 elsewhere: each unit comes back with probability q.
  ///
  /// What comes back at a smaller q comes back at a larger one too.
  public static func returned(_ uniform: Coefficients, share q: Double) -> Coefficients {
    uniform.mapValues { uniform in
      var returned = uniform
      returned.withUnsafeMutableBufferPointer { out in
        for index in out.indices { out[index] = Double(out[index]) < q ? 1 : 0 }
      }
      return returned
    }
  }

  /// w' of the masked parameters.
  public func weights(_ coefficients: Coefficients) -> [String: Tensor<Scalar>] {
    var result: [String: Tensor<Scalar>] = [:]
    for member in members {
      let r = coefficient(of: member, coefficients)
      var weights = member.weights
      weights.withUnsafeMutableBufferPointer { weights in
        r.withUnsafeBufferPointer { r in
          member.mask.bits.withUnsafeBufferPointer { scale(weights, by: r, where: $0) }
        }
      }
      result[member.name] = weights
    }
    return result
  }

  /// The derivatives by the coefficients, dr_u = Σ dw'ᵢ wᵢ (1 − bᵢ) over the elements i of unit u.
  ///
  /// - Parameter gradients: dw'.
  public func gradients(_ gradients: [String: Tensor<Scalar>]) -> [String: [Double]] {
    var result: [String: [Double]] = [:]
    for member in members {
      var sums = [Double](repeating: 0, count: member.units)
      if let gradient = gradients[member.name] {
        gradient.withUnsafeBufferPointer { dW in
          member.weights.withUnsafeBufferPointer { w in
            member.mask.bits.withUnsafeBufferPointer { addRemoved(dW, w, $0, to: &sums) }
          }
        }
      }
      result[member.name] = sums
    }
    return result
  }

  private func coefficient(of member: Member, _ all: Coefficients) -> Tensor<Scalar> {
    guard let r = all[member.name], r.count == member.units else {
      fatalError("no \(member.units) coefficients for \(member.name)")
    }
    return r
  }
}

// Loops are compiled for both element types: through witnesses they take a hundred times as long.

@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
private func scale<Scalar: TensorScalar>(
  _ weights: UnsafeMutableBufferPointer<Scalar>, by r: UnsafeBufferPointer<Scalar>,
  where mask: UnsafeBufferPointer<UInt8>
) {
  guard !r.isEmpty else { return }
  let size = weights.count / r.count
  for unit in r.indices {
    let coefficient = r[unit]
    for index in unit * size..<(unit + 1) * size where mask[index] == 0 {
      weights[index] *= coefficient
    }
  }
}

@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
private func addRemoved<Scalar: TensorScalar>(
  _ dW: UnsafeBufferPointer<Scalar>, _ w: UnsafeBufferPointer<Scalar>,
  _ mask: UnsafeBufferPointer<UInt8>, to sums: inout [Double]
) {
  guard !sums.isEmpty else { return }
  let size = w.count / sums.count
  for unit in sums.indices {
    var sum = 0.0
    for index in unit * size..<(unit + 1) * size where mask[index] == 0 {
      sum += Double(dW[index]) * Double(w[index])
    }
    sums[unit] = sum
  }
}

import Autograd
import Tensors

// The way of masks that serves every estimator and every unit: gates exist in memory, and so do the
// weights that they have been multiplied with. Single weights under plain Gumbel-sigmoids go another
// way; see ``Graph/sampledMasks(weights:logits:samples:noise:)``.
extension Graph {
  /// Fresh gates, one draw for every sample of the batch.
  ///
  /// g⁽ᵏ⁾ⱼ = m(lⱼ, word k of index j), as the estimator draws it.
  ///
  /// Shapes: logits → S×(the same).
  /// Gradient: dlⱼ = Σₖ dg⁽ᵏ⁾ⱼ · (slope of the draw).
  public func sampledGates(
    _ logits: Value<Scalar>, by estimator: any MaskEstimator, samples: Int,
    noise: RandomStream.Position
  ) -> Value<Scalar> {
    require(samples > 0, "\(samples) samples of gates \(logits.shape)")
    let shape = logits.shape
    var values = Tensor<Scalar>(uninitialized: shape.prepending(samples))
    var slopes = values
    logits.tensor.withUnsafeBufferPointer { l in
      values.withUnsafeMutableBufferPointer { values in
        slopes.withUnsafeMutableBufferPointer { slopes in
          drawGates(l, estimator, samples: samples, noise, values: values, slopes: slopes)
        }
      }
    }
    return record(values, inputs: [logits]) { [slopes] dY, pull in
      var dL = Tensor<Scalar>(zeros: shape)
      for sample in 0..<samples { dL.add(dY.slice(sample) * slopes.slice(sample)) }
      pull.add(dL, to: logits)
    }
  }

  /// Weights multiplied by gates.
  ///
  /// y⁽ᵏ⁾ᵢ = w⁽ᵏ⁾ᵢ g⁽ᵏ⁾ⱼ with j the gate that acts on element i.
  ///
  /// Shapes: weights of the parameter's shape or S×shape, gates S×(any) → S×shape.
  /// Gradient: dg⁽ᵏ⁾ⱼ = Σ dy⁽ᵏ⁾ᵢ w⁽ᵏ⁾ᵢ over the elements that gate j acts on; dw⁽ᵏ⁾ᵢ = dy⁽ᵏ⁾ᵢ g⁽ᵏ⁾ⱼ, summed
  /// over k where the weights do not come in samples.
  ///
  /// - Parameters:
  ///   - weights: the weights, or samples of them.
  ///   - gates: one draw for every sample.
  ///   - spread: which gate acts on which element.
  ///   - shape: that of the parameter.
  public func gated(
    _ weights: Value<Scalar>, by gates: Value<Scalar>, _ spread: GateSpread, shape: Shape
  ) -> Value<Scalar> {
    let samples = gates.shape[0]
    require(
      weights.shape == shape || weights.shape == shape.prepending(samples),
      "\(samples) samples of gates for weights \(weights.shape) of a parameter \(shape)")
    let layout = GateLayout(
      samples: samples, elements: shape.count, gates: gates.shape.dropFirst().count,
      areSampled: weights.shape != shape, spread: spread)
    let (w, g) = (weights.tensor, gates.tensor)
    var y = Tensor<Scalar>(uninitialized: shape.prepending(samples))
    w.withUnsafeBufferPointer { w in
      g.withUnsafeBufferPointer { g in
        y.withUnsafeMutableBufferPointer { writeProducts(w, g, layout, into: $0) }
      }
    }
    return record(y, inputs: [weights, gates]) { dY, pull in
      var dW = Tensor<Scalar>(zeros: w.shape)
      var dG = Tensor<Scalar>(zeros: g.shape)
      dY.withUnsafeBufferPointer { dY in
        w.withUnsafeBufferPointer { w in
          g.withUnsafeBufferPointer { g in
            dW.withUnsafeMutableBufferPointer { dW in
              dG.withUnsafeMutableBufferPointer { dG in
                addGradients(dY, w, g, layout, weights: dW, gates: dG)
              }
            }
          }
        }
      }
      pull.add(dW, to: weights)
      pull.add(dG, to: gates)
    }
  }
}

/// Where weights and their gates lie.
private struct GateLayout {
  let samples: Int
  /// Of the parameter.
  let elements: Int
  /// Of one sample.
  let gates: Int
  /// Whether the weights come in samples themselves.
  let areSampled: Bool
  /// The gate of every element; empty when they have the same index.
  let table: [UInt32]

  init(samples: Int, elements: Int, gates: Int, areSampled: Bool, spread: GateSpread) {
    (self.samples, self.elements, self.gates) = (samples, elements, gates)
    self.areSampled = areSampled
    if case .table(let table) = spread { self.table = table } else { table = [] }
  }

  /// Calls `body` with the places of every element of every sample: of the result, of its weight and
  /// of its gate.
  @inline(__always)
  func forEach(_ body: (_ result: Int, _ weight: Int, _ gate: Int) -> Void) {
    for sample in 0..<samples {
      let weight = areSampled ? sample * elements : 0
      for i in 0..<elements {
        let gate = table.isEmpty ? i : Int(table[i])
        body(sample * elements + i, weight + i, sample * gates + gate)
      }
    }
  }
}

// Loops are compiled for both element types: through witnesses they take a hundred times as long.

@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
private func drawGates<Scalar: TensorScalar>(
  _ logits: UnsafeBufferPointer<Scalar>, _ estimator: any MaskEstimator, samples: Int,
  _ noise: RandomStream.Position, values: UnsafeMutableBufferPointer<Scalar>,
  slopes: UnsafeMutableBufferPointer<Scalar>
) {
  for sample in 0..<samples {
    for gate in logits.indices {
      let draw = estimator.sample(
        logit: Double(logits[gate]), word: noise.word(index: UInt64(gate), sample: sample))
      values[sample * logits.count + gate] = Scalar(draw.value)
      slopes[sample * logits.count + gate] = Scalar(draw.slope)
    }
  }
}

@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
private func writeProducts<Scalar: TensorScalar>(
  _ weights: UnsafeBufferPointer<Scalar>, _ gates: UnsafeBufferPointer<Scalar>,
  _ layout: GateLayout, into y: UnsafeMutableBufferPointer<Scalar>
) {
  layout.forEach { y[$0] = weights[$1] * gates[$2] }
}

@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
private func addGradients<Scalar: TensorScalar>(
  _ dY: UnsafeBufferPointer<Scalar>, _ weights: UnsafeBufferPointer<Scalar>,
  _ gates: UnsafeBufferPointer<Scalar>, _ layout: GateLayout,
  weights dW: UnsafeMutableBufferPointer<Scalar>, gates dG: UnsafeMutableBufferPointer<Scalar>
) {
  layout.forEach {
    dW[$1] += dY[$0] * gates[$2]
    dG[$2] += dY[$0] * weights[$1]
  }
}

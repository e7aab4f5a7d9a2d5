import Autograd
import Tensors

extension Graph {
  /// Weights under fresh Gumbel-sigmoid masks, one for every sample of the batch.
  ///
  /// y⁽ᵏ⁾ = w ⊙ m⁽ᵏ⁾ with m⁽ᵏ⁾ = [s⁽ᵏ⁾ > ½], s = U E / (U E + 1 − U), E = exp(l), U uniform and
  /// fresh per weight and sample.
  ///
  /// Shapes: weights and logits alike → S×shape; layers serve the s-th contiguous slice of the
  /// batch with sample s.
  ///
  /// Gradient: straight through the threshold, dl = w ⊙ Σₖ dy⁽ᵏ⁾ ⊙ s⁽ᵏ⁾(1 − s⁽ᵏ⁾); of the weights,
  /// when they need one, dw = Σₖ dy⁽ᵏ⁾ ⊙ m⁽ᵏ⁾. The noise is a function of its position and is drawn
  /// again in the backward pass.
  ///
  /// Reference: Csordás et al., ICLR 2021, section 2, eq. 1–4; in the one-uniform form of
  /// ``MaskDraw``.
  public func sampledMasks(
    weights: Value<Scalar>, logits: Value<Scalar>, samples: Int, noise: RandomStream.Position
  ) -> Value<Scalar> {
    precondition(
      weights.shape == logits.shape && samples > 0,
      "sampledMasks: \(samples) samples of logits \(logits.shape) for weights \(weights.shape)")
    let w = weights.tensor
    let l = logits.tensor
    let masked = w.sampledMasks(logits: l, samples: samples, noise: noise)
    return record(masked, inputs: [weights, logits]) { dY, pull in
      guard pull.wants(logits) else {
        pull.accumulate(into: weights) { dW, adds in  // dw = Σₖ dy⁽ᵏ⁾ ⊙ m⁽ᵏ⁾
          w.sampledMasksGradient(
            logits: l, dMasked: dY, noise: noise, dWeights: &dW, adds: adds)
        }
        return
      }
      pull.accumulate(into: logits) { dL, adds in  // dl = w ⊙ Σₖ dy⁽ᵏ⁾ ⊙ s⁽ᵏ⁾(1 − s⁽ᵏ⁾)
        guard pull.wants(weights) else {
          return w.sampledMasksGradient(
            logits: l, dMasked: dY, noise: noise, dLogits: &dL, adds: adds)
        }
        pull.accumulate(into: weights) { dW, addsToWeights in
          w.sampledMasksGradient(
            logits: l, dMasked: dY, noise: noise, dLogits: &dL, adds: adds, dWeights: &dW,
            addsToWeights: addsToWeights)
        }
      }
    }
  }

  /// The soft samples instead of the hard ones: y⁽ᵏ⁾ = w ⊙ s⁽ᵏ⁾, whose true gradient is the
  /// straight-through gradient of ``sampledMasks(weights:logits:samples:noise:)``. It is what the
  /// gradient check differentiates.
  ///
  /// Shapes and noise as there. Gradient: dl = w ⊙ Σₖ dy⁽ᵏ⁾ ⊙ s⁽ᵏ⁾(1 − s⁽ᵏ⁾), dw = Σₖ dy⁽ᵏ⁾ ⊙ s⁽ᵏ⁾.
  public func softMasks(
    weights: Value<Scalar>, logits: Value<Scalar>, samples: Int, noise: RandomStream.Position
  ) -> Value<Scalar> {
    let w = weights.tensor
    let l = logits.tensor
    let n = w.count
    func draw(_ k: Int, _ i: Int) -> MaskDraw {
      MaskDraw(logit: Double(l[flat: i]), word: noise.word(index: UInt64(i), sample: k))
    }
    var y = Tensor<Scalar>(uninitialized: w.shape.prepending(samples))
    for k in 0..<samples {
      for i in 0..<n { y[flat: k * n + i] = w[flat: i] * Scalar(draw(k, i).soft) }
    }
    return record(y, inputs: [weights, logits]) { dY, pull in
      var dL = Tensor<Scalar>(zeros: w.shape)
      var dW = Tensor<Scalar>(zeros: w.shape)
      for k in 0..<samples {
        for i in 0..<n {
          let sample = draw(k, i)
          let d = dY[flat: k * n + i]
          dL[flat: i] += d * w[flat: i] * Scalar(sample.slope)
          dW[flat: i] += d * Scalar(sample.soft)
        }
      }
      pull.add(dL, to: logits)
      pull.add(dW, to: weights)
    }
  }
}

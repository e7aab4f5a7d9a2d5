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
    require(
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
}

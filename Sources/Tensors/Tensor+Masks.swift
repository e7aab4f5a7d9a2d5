extension Tensor {
  /// The weights under `samples` fresh Gumbel-sigmoid masks: result[k] = w ⊙ m⁽ᵏ⁾.
  ///
  /// Shapes: self (weights) and logits alike → S×shape. Element i of sample k is decided by word k
  /// mod 4 of block (index i, k div 4 parts after the noise's) of the noise; see ``MaskDraw``.
  public func sampledMasks(
    logits: Tensor, samples: Int, noise: RandomStream.Position
  ) -> Tensor {
    require(shape == logits.shape, "logits \(logits.shape) for weights \(shape)")
    var result = Tensor(uninitialized: shape.prepending(samples))
    result.write { out, _ in
      read { w, n in
        logits.read { l, _ in
          Scalar.maskSample(n, l, w, samples: samples, noise, out, stride: n)
        }
      }
    }
    return result
  }

  /// The gradient of the logits of ``sampledMasks(logits:samples:noise:)``, with the noise drawn again.
  ///
  /// dLogits (+)= w ⊙ Σₖ dW⁽ᵏ⁾ ⊙ s⁽ᵏ⁾(1 − s⁽ᵏ⁾), straight through the threshold.
  ///
  /// Shapes: `dMasked` S×shape, the others like self (the weights).
  public func sampledMasksGradient(
    logits: Tensor, dMasked: Tensor, noise: RandomStream.Position, dLogits: inout Tensor, adds: Bool
  ) {
    dLogits.write { dL, _ in
      writeGradient(logits, dMasked, noise, WeightGradient(logits: .init(start: dL, adds: adds)))
    }
  }

  /// The gradient of the weights of ``sampledMasks(logits:samples:noise:)``.
  ///
  /// dWeights (+)= Σₖ dW⁽ᵏ⁾ ⊙ m⁽ᵏ⁾.
  ///
  /// Shapes: `dMasked` S×shape, the others like self (the weights).
  public func sampledMasksGradient(
    logits: Tensor, dMasked: Tensor, noise: RandomStream.Position, dWeights: inout Tensor,
    adds: Bool
  ) {
    dWeights.write { dW, _ in
      writeGradient(logits, dMasked, noise, WeightGradient(weight: .init(start: dW, adds: adds)))
    }
  }

  /// Both gradients, for little more than the price of one.
  public func sampledMasksGradient(
    logits: Tensor, dMasked: Tensor, noise: RandomStream.Position, dLogits: inout Tensor,
    adds: Bool, dWeights: inout Tensor, addsToWeights: Bool
  ) {
    dLogits.write { dL, _ in
      dWeights.write { dW, _ in
        writeGradient(
          logits, dMasked, noise,
          WeightGradient(
            weight: .init(start: dW, adds: addsToWeights), logits: .init(start: dL, adds: adds)))
      }
    }
  }

  private func writeGradient(
    _ logits: Tensor, _ dMasked: Tensor, _ noise: RandomStream.Position,
    _ to: WeightGradient<Scalar>
  ) {
    require(
      shape == logits.shape && dMasked.shape.dropFirst() == shape,
      "gradient \(dMasked.shape) and logits \(logits.shape) for weights \(shape)")
    let samples = dMasked.shape[0]
    read { w, n in
      logits.read { l, _ in
        dMasked.read { d, _ in
          Scalar.maskGradient(
            1, n, l, MaskNoise(noise, rowLength: n), w, samples: samples, d, stride: n, to: to)
        }
      }
    }
  }
}

extension Tensor {
  /// The weights under `samples` fresh Gumbel-sigmoid masks: result[k] = w ⊙ m⁽ᵏ⁾.
  ///
  /// Shapes: self (weights) and logits alike → S×shape. Element i of sample k is decided by word k
  /// mod 4 of block (index i, k div 4 parts after the noise's) of the noise; see ``MaskDraw``.
  public func sampledMasks(
    logits: Tensor, samples: Int, noise: RandomStream.Position
  ) -> Tensor {
    precondition(shape == logits.shape, "logits \(logits.shape) for weights \(shape)")
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

  /// The gradients of ``sampledMasks(logits:samples:noise:)``, with the noise drawn again.
  ///
  /// dLogits (+)= w ⊙ Σₖ dW⁽ᵏ⁾ ⊙ s⁽ᵏ⁾(1 − s⁽ᵏ⁾) (straight-through), dWeights += Σₖ dW⁽ᵏ⁾ ⊙ m⁽ᵏ⁾
  /// when given.
  ///
  /// Shapes: `dMasked` S×shape, the others like self (the weights).
  public func sampledMasksGradient(
    logits: Tensor, dMasked: Tensor, noise: RandomStream.Position, dLogits: inout Tensor, adds: Bool
  ) {
    checkMaskShapes(logits: logits, dMasked: dMasked)
    let samples = dMasked.shape[0]
    dLogits.write { dL, n in
      read { w, _ in
        logits.read { l, _ in
          dMasked.read { d, _ in
            Scalar.maskGradient(
              n, l, w, samples: samples, noise, d, stride: n, dL, adds: adds, nil)
          }
        }
      }
    }
  }

  /// As ``sampledMasksGradient(logits:dMasked:noise:dLogits:adds:)``, and adds the gradient of the
  /// frozen weights to `dWeights`.
  public func sampledMasksGradient(
    logits: Tensor, dMasked: Tensor, noise: RandomStream.Position, dLogits: inout Tensor,
    adds: Bool,
    addingTo dWeights: inout Tensor
  ) {
    checkMaskShapes(logits: logits, dMasked: dMasked)
    let samples = dMasked.shape[0]
    dLogits.write { dL, n in
      dWeights.write { dW, _ in
        read { w, _ in
          logits.read { l, _ in
            dMasked.read { d, _ in
              Scalar.maskGradient(
                n, l, w, samples: samples, noise, d, stride: n, dL, adds: adds, dW)
            }
          }
        }
      }
    }
  }

  private func checkMaskShapes(logits: Tensor, dMasked: Tensor) {
    precondition(
      shape == logits.shape && dMasked.shape.dropFirst() == shape,
      "gradient \(dMasked.shape) and logits \(logits.shape) for weights \(shape)")
  }
}

/// Where loops put the gradient of a weight, of which dwₛ is that of sample s.
///
/// Without masks weightₛ (+)= dwₛ; with masks weight (+)= Σₛ dwₛ ⊙ mₛ, and
/// logits (+)= w ⊙ Σₛ dwₛ ⊙ s⁽ˢ⁾(1 − s⁽ˢ⁾), straight through the threshold.
public struct WeightGradient<Scalar: TensorScalar> {
  /// An array that is added to, or overwritten.
  struct Target {
    let start: Scalar.Out
    let adds: Bool
  }

  /// nil when it is not wanted.
  var weight: Target?
  /// nil when it is not wanted, and without masks.
  var logits: Target?
}

extension WeightMatrix {
  /// dwₛ (+)= dyᵀ x over the rows of sample s; under masks dw (+)= Σₛ dwₛ ⊙ mₛ.
  ///
  /// Shapes: `dWeight` like the weight.
  public func weightGradient(
    x: Tensor<Scalar>, dY: Tensor<Scalar>, blocks: [RowBlock], into dWeight: inout Tensor<Scalar>,
    adds: Bool
  ) {
    write(into: &dWeight, adds: adds) { target in
      writeGradient(x, dY, blocks, to: WeightGradient(weight: target))
    }
  }

  /// dLogits (+)= w ⊙ Σₛ dwₛ ⊙ s⁽ˢ⁾(1 − s⁽ˢ⁾), straight through the threshold, with dwₛ = dyᵀ x over
  /// the rows of sample s.
  ///
  /// Shapes: `dLogits` like the logits.
  public func logitGradient(
    x: Tensor<Scalar>, dY: Tensor<Scalar>, blocks: [RowBlock], into dLogits: inout Tensor<Scalar>,
    adds: Bool
  ) {
    write(into: &dLogits, adds: adds) { target in
      writeGradient(x, dY, blocks, to: WeightGradient(logits: target))
    }
  }

  /// Both gradients of a masked weight, for little more than the price of one.
  public func gradients(
    x: Tensor<Scalar>, dY: Tensor<Scalar>, blocks: [RowBlock],
    intoWeight dWeight: inout Tensor<Scalar>, adds addsToWeight: Bool,
    intoLogits dLogits: inout Tensor<Scalar>, adds addsToLogits: Bool
  ) {
    write(into: &dWeight, adds: addsToWeight) { weight in
      write(into: &dLogits, adds: addsToLogits) { logits in
        writeGradient(x, dY, blocks, to: WeightGradient(weight: weight, logits: logits))
      }
    }
  }

  /// Lets `body` write a gradient in the order of products.
  private func write(
    into gradient: inout Tensor<Scalar>, adds: Bool, _ body: (WeightGradient<Scalar>.Target) -> Void
  ) {
    require(gradient.shape == layout.shape, "gradient \(gradient.shape) of \(layout.shape)")
    guard layout.isPermuted else {
      gradient.write { start, _ in body(.init(start: start, adds: adds)) }
      return
    }
    var ordered = Tensor<Scalar>(uninitialized: gradient.shape)
    ordered.write { start, _ in body(.init(start: start, adds: false)) }
    let restored = layout.restored(ordered)
    if adds { gradient.add(restored) } else { gradient = restored }
  }

  private func writeGradient(
    _ x: Tensor<Scalar>, _ dY: Tensor<Scalar>, _ blocks: [RowBlock], to: WeightGradient<Scalar>
  ) {
    require(masks != nil || to.logits == nil, "the gradient of logits without masks")
    check(blocks, x: x.shape, y: dY.shape)
    x.read { x, _ in
      dY.read { dY, _ in
        if let patches {
          writeGradient(of: patches, x, dY, blocks, to: to)
        } else {
          Scalar.weightGradient(self, blocks, x, dY, to: to)
        }
      }
    }
  }

  /// Part by part: the packed patches of a part stay in the cache, and no noise is drawn before the
  /// gradients of all parts are added up.
  private func writeGradient(
    of patches: PatchLayout, _ x: Scalar.In, _ dY: Scalar.In, _ blocks: [RowBlock],
    to: WeightGradient<Scalar>
  ) {
    finishGradient(to) { each in
      var one = self
      one.masks = nil
      one.samples = 1
      for sample in 0..<samples {
        let own = blocks.filter { $0.sample == sample }
        var parts = own.flatMap { patches.parts(of: $0, as: Scalar.self) }
        // Without rows there is a gradient, too: 0.
        if parts.isEmpty {
          parts = [RowBlock(sample: sample, inputRow: 0, outputRow: 0, count: 0)]
        }
        for (number, part) in parts.enumerated() {
          var block = part
          block.sample = 0
          let target = WeightGradient<Scalar>.Target(
            start: each.start + sample * outputs * inputs, adds: each.adds || number > 0)
          Scalar.weightGradient(one, [block], x, dY, to: WeightGradient(weight: target))
        }
      }
    }
  }

  /// Lets `body` write the gradient of every sample, and turns those of a masked weight into what is
  /// wanted.
  func finishGradient(
    _ to: WeightGradient<Scalar>, _ body: (_ each: WeightGradient<Scalar>.Target) -> Void
  ) {
    guard let masks else {
      if let weight = to.weight { body(weight) }
      return
    }
    var each = Tensor<Scalar>(uninitialized: [samples, outputs, inputs])
    each.write { each, _ in
      body(.init(start: each, adds: false))
      weights.read { w, _ in
        masks.logits.read { logits, _ in
          Scalar.maskGradient(
            outputs, inputs, logits, masks.noise, w, samples: samples, each,
            stride: outputs * inputs, to: to)
        }
      }
    }
  }
}

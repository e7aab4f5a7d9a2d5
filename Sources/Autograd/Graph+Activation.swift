import Tensors

extension Graph {
  /// An activation of all elements.
  ///
  /// Shapes: any → the same.
  /// Memory: keeps the input, the output or both for the gradient, as the activation asks.
  public func apply(_ activation: Activation, to x: Value<Scalar>) -> Value<Scalar> {
    let y = x.tensor.applying(activation)
    let place = x.place
    let input = activation.gradientUsesInput ? x.tensor : nil
    let output = activation.gradientUsesOutput ? y : nil
    return record(y, inputs: [x]) { dY, pull in
      pull.accumulate(into: place) { dX, adds in
        Tensor.activationGradient(
          activation, input: input, output: output, dY, into: &dX, adds: adds)
      }
    }
  }
}

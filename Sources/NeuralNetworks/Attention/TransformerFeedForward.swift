import Autograd
import Tensors

/// The two linear layers of a Transformer layer, row by row.
///
/// y = dropout(max(x W₁ᵀ + b₁, 0)) W₂ᵀ + b₂
///
/// Parameters: `linear1.weight` F×D, `linear1.bias`, `linear2.weight` D×F, `linear2.bias`, under
/// the name of the Transformer layer.
struct TransformerFeedForward<Scalar: TensorScalar>: ParameterContainer {
  private let first: Linear<Scalar>
  private let second: Linear<Scalar>
  private let dropout: Dropout<Scalar>

  /// Weights by Xavier's uniform rule, with gain √2 before the ReLU; biases as in any linear layer.
  init(name: String, width: Int, hidden: Int, dropout: Double, random: RandomSource) {
    first = Linear(
      name: join(name, "linear1"), inputs: width, outputs: hidden,
      weightInitialization: .xavierUniform(gain: 2.0.squareRoot()), random: random)
    second = Linear(
      name: join(name, "linear2"), inputs: hidden, outputs: width,
      weightInitialization: .xavierUniform(gain: 1), random: random)
    self.dropout = Dropout(name: join(name, "linear1"), rate: dropout)
  }

  var parameters: [Parameter<Scalar>] { first.parameters + second.parameters }

  func forward(_ x: PackedRows<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    let hidden = pass.linear(
      x.value, weight: first.weight, bias: first.bias, groups: x.groups)
    return pass.linear(
      dropout.forward(pass.graph.relu(hidden), in: pass), weight: second.weight,
      bias: second.bias, groups: x.groups)
  }
}

/// A sublayer's end: dropout, the way around it, and normalisation after both.
///
/// y = norm(x + dropout(sublayer(x)))
struct ResidualNorm<Scalar: TensorScalar>: ParameterContainer {
  private let norm: LayerNorm<Scalar>
  private let dropout: Dropout<Scalar>

  init(name: String, width: Int, dropout: Double) {
    norm = LayerNorm(name: name, width: width)
    self.dropout = Dropout(name: name, rate: dropout)
  }

  var parameters: [Parameter<Scalar>] { norm.parameters }

  func forward(
    _ x: PackedRows<Scalar>, plus sublayer: Value<Scalar>, in pass: ForwardPass<Scalar>
  ) -> PackedRows<Scalar> {
    let sum = pass.graph.add(x.value, dropout.forward(sublayer, in: pass))
    return x.with(norm.forward(sum, groups: x.groups, in: pass))
  }
}

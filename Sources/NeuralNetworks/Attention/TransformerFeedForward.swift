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
    let parts = Self.layers(name: name, width: width, hidden: hidden).map { part in
      Linear<Scalar>(part.description, name: part.name, inputs: part.inputs, random: random)
    }
    (first, second) = (parts[0], parts[1])
    self.dropout = Dropout(name: join(name, "linear1"), rate: dropout)
  }

  /// The linear layers: names and sizes.
  static func layers(
    name: String, width: Int, hidden: Int
  ) -> [(name: String, inputs: Int, description: LinearDescription)] {
    [
      (
        join(name, "linear1"), width,
        LinearDescription(
          outputs: hidden, weightInitialization: .xavierUniform(gain: 2.0.squareRoot()))
      ),
      (
        join(name, "linear2"), hidden,
        LinearDescription(outputs: width, weightInitialization: .xavierUniform(gain: 1))
      ),
    ]
  }

  var parameters: [Parameter<Scalar>] { first.parameters + second.parameters }

  func forward(_ x: PackedRows<Scalar>, in pass: ForwardPass<Scalar>) -> Value<Scalar> {
    let hidden = pass.site(
      first.name,
      pass.linear(x.value, weight: first.weight, bias: first.bias, groups: x.groups))
    let active = pass.site("\(first.name).relu", pass.graph.relu(hidden))
    return pass.site(
      second.name,
      pass.linear(
        dropout.forward(active, in: pass), weight: second.weight, bias: second.bias,
        groups: x.groups))
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
    return x.with(pass.site(norm.name, norm.forward(sum, groups: x.groups, in: pass)))
  }
}

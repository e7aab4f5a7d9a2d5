import Autograd
import NeuralNetworks
import Tensors
import TestSupport
import Testing

/// Gives every parameter S different values, and collects their gradients: what masks do, without
/// masks.
final class SampledSource: ParameterSource {
  let samples: Int
  private let values: [String: Tensor<Double>]
  private let gradients: [String: GradientBuffer<Double>]

  /// S values of every parameter, near its own.
  init(_ parameters: [Parameter<Double>], samples: Int) {
    let random = RandomSource(seed: 21)
    self.samples = samples
    values = Dictionary(
      uniqueKeysWithValues: parameters.map { parameter in
        var value: Tensor<Double> = random.stream(parameter.name).uniform(
          parameter.shape.prepending(samples), in: -0.3...0.3)
        for i in 0..<value.count {
          value[flat: i] += parameter.value[flat: i % parameter.value.count]
        }
        return (parameter.name, value)
      })
    gradients = values.mapValues { GradientBuffer(shape: $0.shape) }
  }

  /// One of the samples alone, as a network of its own.
  init(_ whole: SampledSource, sample: Int) {
    samples = 1
    values = whole.values.mapValues { $0.slice(sample) }
    gradients = values.mapValues { GradientBuffer(shape: $0.shape) }
  }

  func value(of parameter: Parameter<Double>, on graph: Graph<Double>) -> Value<Double> {
    guard let value = values[parameter.name], let gradient = gradients[parameter.name] else {
      return graph.constant(parameter.value)
    }
    return graph.variable(value, accumulatingInto: gradient)
  }

  func gradient(of parameter: Parameter<Double>) -> Tensor<Double> {
    gradients[parameter.name]?.tensor ?? Tensor(zeros: parameter.shape)
  }
}

/// Expects S weight samples on the S slices of a batch to give the losses and gradients of S
/// separate networks.
///
/// - Parameters:
///   - parameters: those of the network.
///   - samples: S.
///   - loss: the loss of the given share of the batch, the whole one (nil) or slice `s` of S;
///     a mean over its examples.
func expectSamplesToEqualSeparateNetworks(
  _ parameters: [Parameter<Double>], samples: Int,
  _ loss: (_ slice: Int?, _ pass: ForwardPass<Double>) -> Value<Double>,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let together = SampledSource(parameters, samples: samples)
  let graph = Graph<Double>()
  let value = loss(nil, ForwardPass(graph: graph, source: together))
  graph.backward(from: value)
  var mean = 0.0
  for sample in 0..<samples {
    let alone = SampledSource(together, sample: sample)
    let graph = Graph<Double>()
    let part = loss(sample, ForwardPass(graph: graph, source: alone))
    graph.backward(from: part)
    mean += part.tensor.item / Double(samples)
    for parameter in parameters {
      let expected = (1 / Double(samples)) * alone.gradient(of: parameter)
      expectClose(
        together.gradient(of: parameter).slice(sample), expected, absolute: 1e-12,
        "\(parameter.name), sample \(sample)", sourceLocation: sourceLocation)
      #expect(
        expected.maximumMagnitude() > 1e-9, "\(parameter.name) has no effect",
        sourceLocation: sourceLocation)
    }
  }
  expectClose(value.tensor.item, mean, relative: 1e-13, sourceLocation: sourceLocation)
}

/// Small sequences of different lengths over a vocabulary.
func sequences(_ count: Int, tokens: Int, longest: Int, _ name: String) -> [[Int]] {
  let stream = RandomSource(seed: 22).stream(name)
  let lengths = stream.integers(count, below: longest + 1)
  return lengths.enumerated().map { stream.integers($1, below: tokens, step: $0 + 1) }
}

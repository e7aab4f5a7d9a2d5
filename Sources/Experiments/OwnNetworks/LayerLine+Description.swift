import NeuralNetworks
import Store
import Tensors

extension LayerLine {
  /// Numbers that the value between two layers may have for one example: beyond all that fits a
  /// machine's memory, far below what 64 bits count.
  private static let mostElements = 1 << 28

  /// The layer as data.
  var description: LayerDescription {
    switch type {
    case .linear:
      .linear(name, outputs: whole("outputs") ?? 1, hasBias: flag("bias") ?? true)
    case .conv2d:
      .convolution(
        name, outputs: whole("filters") ?? 1, kernel: whole("kernel") ?? 1,
        stride: whole("stride") ?? 1, padding: whole("padding") ?? 0,
        hasBias: flag("bias") ?? true)
    case .batchnorm:
      .batchNorm(name, epsilon: fraction("epsilon") ?? 1e-5, momentum: fraction("momentum") ?? 0.1)
    case .layernorm:
      .layerNorm(name, epsilon: fraction("epsilon") ?? 1e-5, deviation: .biased)
    case .embedding:
      .embedding(name, tokens: whole("tokens") ?? 1, width: whole("width") ?? 1)
    case .lstm: .lstm(name, units: whole("units") ?? 1, layers: whole("layers") ?? 1)
    case .attention:
      .attention(name, heads: whole("heads") ?? 1, isCausal: flag("causal") ?? false)
    case .maxpool:
      .maxPooling(
        whole("size") ?? 1, stride: whole("stride"), padding: whole("padding") ?? 0, name: name)
    case .avgpool:
      .averagePooling(
        whole("size") ?? 1, stride: whole("stride"), padding: whole("padding") ?? 0,
        countsPadding: flag("counts-padding") ?? true, name: name)
    case .globalAvgpool: .globalAveragePooling(name: name)
    case .flatten: .flatten(name: name)
    case .lastStep: .lastStep(name: name)
    case .meanOfSteps: .meanOfSteps(name: name)
    case .relu: .activation(.relu, name: name)
    case .gelu: .activation(.gelu, name: name)
    case .silu: .activation(.silu, name: name)
    case .tanh: .activation(.tanh, name: name)
    case .sigmoid: .activation(.sigmoid, name: name)
    case .softmax: .activation(.softmax, name: name)
    case .dropout: .dropout(name, rate: fraction("rate") ?? 0.5)
    case .residual:
      .residual(
        name, layers("layers").map(\.description), shortcut: layers("shortcut").map(\.description))
    }
  }

  /// The network of some layers.
  ///
  /// - Parameters:
  ///   - lines: first to last.
  ///   - input: the shape of one input as the network takes it, H×W×C for images.
  /// - Throws: ``Failure`` (manifest invalid) at the first layer that does not fit what comes before
  ///   it.
  static func network(_ lines: [LayerLine], input: Shape) throws -> NetworkDescription {
    _ = try output(of: lines, input: input)
    do throws(DescriptionError) {
      return try NetworkDescription(input: input, layers: lines.map(\.description))
    } catch {
      throw Failure(.manifestInvalid, "network.layers: \(error)", location: lines.first?.location)
    }
  }

  /// The shape after some layers, checked one by one.
  private static func output(of lines: [LayerLine], input: Shape) throws -> Shape {
    try lines.reduce(input) { shape, line in
      if line.type == .residual {
        _ = try output(of: line.layers("layers"), input: shape)
        _ = try output(of: line.layers("shortcut"), input: shape)
      }
      func failure(_ why: String) -> Failure {
        let name = line.name.isEmpty ? "" : " \(Failure.quote(line.name))"
        return Failure(
          .manifestInvalid,
          "the layer '\(line.type.rawValue)'\(name) does not fit what comes before",
          location: line.location, why: why,
          help: "shapes are those of one example; images are rows×columns×channels between layers")
      }
      let output: Shape
      do throws(DescriptionError) {
        output = try line.description.kind.output(of: shape)
      } catch {
        throw failure(error.reason)
      }
      // The weights of attention grow with the square of the width.
      let isTooWide = line.type == .attention && shape[shape.rank - 1] > 65_536
      guard output.count <= mostElements, !isTooWide else {
        throw failure("it would give \(output) for an input \(shape)")
      }
      return output
    }
  }
}

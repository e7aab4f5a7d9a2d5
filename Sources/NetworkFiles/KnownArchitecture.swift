import NeuralNetworks
import Store
import Tensors

/// Networks of torchvision by name, with the names of its state dictionaries.
///
/// Reference: He, Zhang, Ren, Sun: Deep residual learning for image recognition (CVPR 2016), table 1;
/// Simonyan, Zisserman: Very deep convolutional networks for large-scale image recognition (ICLR 2015),
/// table 1. Residual blocks of three convolutions have their stride in the second, as torchvision's.
public enum KnownArchitecture {
  /// Names that are known.
  public static var names: [String] {
    residual.keys.sorted {
      $0.utf8.count == $1.utf8.count ? $0 < $1 : $0.utf8.count < $1.utf8.count
    }
      + stacks.keys.sorted().flatMap { [$0, "\($0)_bn"] }
  }

  /// Blocks of every stage, and whether they have three convolutions.
  private static let residual: [String: (blocks: [Int], isDeep: Bool)] = [
    "resnet18": ([2, 2, 2, 2], false), "resnet34": ([3, 4, 6, 3], false),
    "resnet50": ([3, 4, 6, 3], true), "resnet101": ([3, 4, 23, 3], true),
    "resnet152": ([3, 8, 36, 3], true),
  ]

  /// Convolutions of the five stages, each followed by pooling.
  private static let stacks: [String: [Int]] = [
    "vgg11": [1, 1, 2, 2, 2], "vgg13": [2, 2, 2, 2, 2], "vgg16": [2, 2, 3, 3, 3],
    "vgg19": [2, 2, 4, 4, 4],
  ]

  /// The layers of a network.
  ///
  /// - Parameters:
  ///   - name: one of ``names``.
  ///   - input: channels, rows and columns of an image.
  ///   - classes: number of outputs.
  /// - Throws: ``Failure`` (manifest) for an unknown name, or images that the network does not take.
  public static func description(
    _ name: String, input: Shape, classes: Int
  ) throws -> NetworkDescription {
    guard input.rank == 3 else {
      throw Failure(
        .manifestInvalid, "\(name) with inputs \(input)",
        why: "it takes images: channels, rows and columns")
    }
    let layers: [LayerDescription]
    if let sizes = residual[name] {
      layers = residualLayers(sizes.blocks, isDeep: sizes.isDeep, classes: classes)
    } else if let sizes = stacks[name.hasSuffix("_bn") ? String(name.dropLast(3)) : name] {
      layers = try stackLayers(
        sizes, isNormalized: name.hasSuffix("_bn"), input: input, classes: classes)
    } else {
      throw Failure(
        .manifestInvalid, "an unknown architecture \(Failure.quote(name))",
        why: "known are \(names.joined(separator: ", "))",
        help: Suggestion.help(for: name, among: names))
    }
    do throws(DescriptionError) {
      return try NetworkDescription(input: [input[1], input[2], input[0]], layers: layers)
    } catch {
      throw Failure(.manifestInvalid, "\(name) does not take images \(input)", why: "\(error)")
    }
  }

  /// The number of classes of a network with tensors of given shapes; 1000 when the last layer is not
  /// among them.
  static func classes(of shapes: [String: Shape]) -> Int {
    let last = ["fc.bias", "classifier.6.bias"].lazy.compactMap { shapes[$0] }.first
    return last?.dimensions.first ?? 1000
  }

  /// The network that most tensors fit by name and shape, with the fewest that are missing.
  static func resembling(_ shapes: [String: Shape]) -> String {
    let classes = max(1, classes(of: shapes))
    func distance(_ name: String) -> Int {
      guard
        let own = try? description(name, input: [3, 224, 224], classes: classes).tensorShapes
      else { return .max }
      let fitting = own.count { shapes[$0.name] == $0.shape }
      return own.count + shapes.count - 2 * fitting
    }
    return names.min { distance($0) < distance($1) } ?? names[0]
  }

  // MARK: - Residual networks

  private static func residualLayers(
    _ blocks: [Int], isDeep: Bool, classes: Int
  ) -> [LayerDescription] {
    var channels = 64
    var layers: [LayerDescription] = [
      .convolution("conv1", outputs: 64, kernel: 7, stride: 2, padding: 3, hasBias: false),
      .batchNorm("bn1"), .activation(.relu, name: "relu"),
      .maxPooling(3, stride: 2, padding: 1, name: "maxpool"),
    ]
    for (stage, count) in blocks.enumerated() {
      let width = 64 << stage
      for block in 0..<count {
        let (name, stride) = ("layer\(stage + 1).\(block)", block == 0 && stage > 0 ? 2 : 1)
        let outputs = isDeep ? 4 * width : width
        let sizes: [(outputs: Int, kernel: Int, stride: Int)] =
          isDeep
          ? [(width, 1, 1), (width, 3, stride), (outputs, 1, 1)]
          : [(width, 3, stride), (width, 3, 1)]
        var body: [LayerDescription] = []
        for (number, size) in sizes.enumerated() {
          if number > 0 { body.append(.activation(.relu)) }
          body += convolution(
            "conv\(number + 1)", norm: "bn\(number + 1)", outputs: size.outputs,
            kernel: size.kernel, stride: size.stride)
        }
        let changes = stride > 1 || channels != outputs
        layers.append(
          .residual(
            name, body,
            shortcut: changes
              ? convolution(
                "downsample.0", norm: "downsample.1", outputs: outputs, kernel: 1, stride: stride)
              : []))
        layers.append(.activation(.relu))
        channels = outputs
      }
    }
    return layers + [.globalAveragePooling(name: "avgpool"), .linear("fc", outputs: classes)]
  }

  private static func convolution(
    _ name: String, norm: String, outputs: Int, kernel: Int, stride: Int
  ) -> [LayerDescription] {
    [
      .convolution(
        name, outputs: outputs, kernel: kernel, stride: stride, padding: kernel / 2, hasBias: false),
      .batchNorm(norm),
    ]
  }

  // MARK: - Stacks of convolutions

  private static func stackLayers(
    _ stages: [Int], isNormalized: Bool, input: Shape, classes: Int
  ) throws -> [LayerDescription] {
    var (layers, number) = ([LayerDescription](), 0)
    for (stage, count) in stages.enumerated() {
      for _ in 0..<count {
        layers.append(
          .convolution("features.\(number)", outputs: min(512, 64 << stage), kernel: 3, padding: 1))
        if isNormalized { layers.append(.batchNorm("features.\(number + 1)")) }
        layers.append(.activation(.relu))
        number += isNormalized ? 3 : 2
      }
      layers.append(.maxPooling(2, name: "features.\(number)"))
      number += 1
    }
    return layers + (try pooling(input)) + [
      .flatten(), .linear("classifier.0", outputs: 4096), .activation(.relu),
      .dropout("classifier.2", rate: 0.5), .linear("classifier.3", outputs: 4096),
      .activation(.relu), .dropout("classifier.5", rate: 0.5),
      .linear("classifier.6", outputs: classes),
    ]
  }

  /// What brings the map to 7×7, as `nn.AdaptiveAvgPool2d(7)` does.
  private static func pooling(_ input: Shape) throws -> [LayerDescription] {
    let side = input[1] / 32
    guard input[1] == input[2], side > 0, side == 1 || side % 7 == 0 else {
      throw Failure(
        .manifestInvalid, "images of \(input[1])×\(input[2]) for a VGG network",
        why: "its last map of 1/32 of the side is pooled to 7×7",
        help: "images of 32×32, 224×224 or 448×448 fit")
    }
    switch side {
    case 7: return []
    case 1:
      // The one pixel stands at all places.
      return [
        .rearrangement(
          "avgpool", shape: [7, 7, 512], elements: (0..<49).flatMap { _ in Array(0..<512) })
      ]
    default: return [.averagePooling(side / 7, name: "avgpool")]
    }
  }
}

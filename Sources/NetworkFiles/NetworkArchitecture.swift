import NeuralNetworks
import Store
import Tensors

/// What a weight file says of its network besides names and shapes of its tensors: the entry
/// `architecture` of its metadata.
///
/// ```json
/// {"kind": "mlp"}
/// {"kind": "conv", "input": [3, 32, 32], "pool_after": [1, 3], "dense": [512], "norm_eps": 1e-3}
/// {"kind": "torchvision", "model": "vgg16"}
/// ```
public enum NetworkArchitecture: Sendable, Hashable {
  /// Linear layers `layers.N` with ReLU between them.
  case perceptron
  /// Convolutions `convolutions.N` with ReLU, normalisations `norms.N` behind ReLU and pooling where
  /// there is an ε, linear layers `dense.N` with `dense_norms.N` where the file has them, and a
  /// `classifier`.
  case convolutions(Convolutions)
  /// A network of torchvision, of ``KnownArchitecture/names``, for images of 224×224 or another side.
  case torchvision(model: String, side: Int = 224)

  /// What shapes of tensors do not tell of a network of convolutions.
  public struct Convolutions: Sendable, Hashable {
    /// Channels, rows and columns of the images.
    public var input: [Int]
    /// Indices of the convolutions, from 0, that are followed by max pooling of 2×2.
    public var poolAfter: [Int]
    /// Units of the linear layers before the classifier.
    public var dense: [Int]
    /// ε of the batch normalisations; nil without.
    public var normEpsilon: Double?
  }

  /// The name of the entry in the metadata of a file.
  public static let metadataKey = "architecture"

  /// Of a stack of convolutions.
  public init(_ stack: ConvolutionStack) {
    self = .convolutions(
      Convolutions(
        input: [stack.input[2], stack.input[0], stack.input[1]], poolAfter: stack.poolAfter,
        dense: stack.dense, normEpsilon: stack.normEpsilon))
  }

  /// Sizes of networks beyond all that a file can hold would not fit 64 bits any more.
  private static let largestSide = 4096
  private static let largestWidth = 1 << 16
  private static let largestExtent = 1 << 20
  private static let mostLayers = 1000
  private static let usualSide = 224

  // MARK: - JSON

  /// The text for the metadata.
  public var text: String {
    switch self {
    case .perceptron: return #"{"kind":"mlp"}"#
    case .torchvision(let model, let side):
      var members: [String: JSONValue] = ["kind": "torchvision", "model": .string(model)]
      if side != Self.usualSide { members["side"] = .integer(side) }
      return JSONValue.object(members).serialized()
    case .convolutions(let settings):
      var members: [String: JSONValue] = [
        "kind": "conv", "input": .array(settings.input.map(JSONValue.integer)),
        "pool_after": .array(settings.poolAfter.map(JSONValue.integer)),
        "dense": .array(settings.dense.map(JSONValue.integer)),
      ]
      if let epsilon = settings.normEpsilon { members["norm_eps"] = .number(epsilon) }
      return JSONValue.object(members).serialized()
    }
  }

  /// The text for messages.
  var shortText: String { Failure.printable(text, limit: 200) }

  /// Reads a description.
  ///
  /// - Parameters:
  ///   - text: JSON.
  ///   - source: what messages call it.
  /// - Throws: ``Failure`` (corrupt).
  public init(_ text: String, source: String) throws {
    let value = try JSONValue.parse(text, file: source, exitCode: .corrupt)
    func failure(_ what: String, why: String, help: String? = nil) -> Failure {
      Failure(.corrupt, "\(source): \(what)", why: why, help: help)
    }
    guard let members = value.objectValue, let kind = members["kind"]?.stringValue else {
      throw failure(
        "the architecture has no kind", why: #"it must be an object such as {"kind": "mlp"}"#)
    }
    let allowed: [String]
    switch kind {
    case "mlp": allowed = ["kind"]
    case "conv": allowed = ["kind", "input", "pool_after", "dense", "norm_eps"]
    case "torchvision": allowed = ["kind", "model", "side"]
    default:
      throw failure(
        "an architecture of the kind \(Failure.quote(kind))",
        why: "the kinds whose units can be clustered are mlp, conv and torchvision",
        help: Suggestion.help(for: kind, among: ["mlp", "conv", "torchvision"]))
    }
    for key in members.keys.sorted() where !allowed.contains(key) {
      throw failure(
        "the architecture has an unknown member \(Failure.quote(key))",
        why: "the kind '\(kind)' has \(allowed.joined(separator: ", "))",
        help: Suggestion.help(for: key, among: allowed))
    }
    guard kind == "conv" else {
      self =
        kind == "mlp" ? .perceptron : try Self.torchvision(members, failure: failure)
      return
    }
    func integers(_ key: String, in range: ClosedRange<Int>, otherwise: [Int]? = nil) throws
      -> [Int]
    {
      if members[key] == nil, let otherwise { return otherwise }
      guard let elements = members[key]?.arrayValue?.map(\.integerValue),
        elements.count <= Self.mostLayers, elements.allSatisfy({ $0.map(range.contains) ?? false })
      else {
        throw failure(
          "the member '\(key)' of the architecture is no list of numbers",
          why:
            "needed are at most \(Self.mostLayers) whole numbers of \(range.lowerBound) to \(range.upperBound)"
        )
      }
      return elements.compactMap { $0 }
    }
    let input = try integers("input", in: 1...Self.largestSide)
    guard input.count == 3 else {
      throw failure(
        "the member 'input' of the architecture has \(input.count) numbers",
        why: "it has the channels, rows and columns of the images")
    }
    var epsilon: Double?
    if let value = members["norm_eps"], !value.isNull {
      guard let number = value.numberValue, number >= 0, number.isFinite else {
        throw failure(
          "the member 'norm_eps' of the architecture is \(value.kindDescription)",
          why: "a number of at least 0 is needed")
      }
      epsilon = number
    }
    self = .convolutions(
      Convolutions(
        input: input, poolAfter: try integers("pool_after", in: 0...1000, otherwise: []),
        dense: try integers("dense", in: 1...Self.largestWidth, otherwise: []), normEpsilon: epsilon
      ))
  }

  // MARK: - Network

  /// The network that has tensors of given shapes.
  ///
  /// - Parameters:
  ///   - shapes: of all tensors of a file, by name.
  ///   - source: what messages call the file.
  /// - Throws: ``Failure`` (corrupt) when a tensor is missing that tells a size, or when the sizes are
  ///   those of no network.
  public func units(shapes: [String: Shape], source: String) throws -> UnitLayers {
    func shape(_ name: String, rank: Int) throws -> Shape {
      guard let shape = shapes[name] else {
        throw Failure(
          .corrupt, "\(source) has no tensor \(Failure.quote(name))",
          why: "its architecture is \(shortText)")
      }
      guard shape.rank == rank,
        shape.dimensions.allSatisfy({ $0 > 0 && $0 <= Self.largestExtent })
      else {
        throw Failure(
          .corrupt, "\(source): the tensor \(Failure.quote(name)) has shape \(shape)",
          why: "its architecture is \(shortText): needed are \(rank) axes")
      }
      return shape
    }
    /// Shapes of `<prefix>.0.weight`, `<prefix>.1.weight`, …, at least one.
    func sequence(_ prefix: String, rank: Int) throws -> [Shape] {
      var result = [try shape("\(prefix).0.weight", rank: rank)]
      while shapes["\(prefix).\(result.count).weight"] != nil {
        result.append(try shape("\(prefix).\(result.count).weight", rank: rank))
      }
      return result
    }
    do {
      switch self {
      case .perceptron:
        let layers = try sequence("layers", rank: 2)
        return try UnitLayers(
          .perceptron(
            input: [layers[0][1]], hidden: layers.dropLast().map { $0[0] },
            classes: layers[layers.count - 1][0]))
      case .convolutions(let settings):
        let kernels = try sequence("convolutions", rank: 4)
        if let index = settings.poolAfter.first(where: { $0 >= kernels.count }) {
          throw Failure(
            .corrupt, "\(source): pooling after convolution \(index)",
            why: "there are convolutions 0 to \(kernels.count - 1)")
        }
        var stack = ConvolutionStack(
          input: [settings.input[1], settings.input[2], settings.input[0]],
          channels: kernels.map { $0[0] })
        stack.kernel = kernels[0][2]
        stack.poolAfter = settings.poolAfter
        stack.dense = settings.dense
        stack.classes = try shape("classifier.weight", rank: 2)[0]
        stack.normEpsilon = settings.normEpsilon
        stack.normalizedDense =
          settings.dense.indices.prefix { shapes["dense_norms.\($0).weight"] != nil }.count
        return try UnitLayers(.stacked(stack))
      case .torchvision(let model, let side):
        return try UnitLayers(
          KnownArchitecture.description(
            model, input: [3, side, side], classes: KnownArchitecture.classes(of: shapes)))
      }
    } catch var error as Failure where error.exitCode == .manifestInvalid {
      // The architecture stands in the file of weights here.
      error = Failure(.corrupt, "\(source): \(error.what)", why: error.why, help: error.help)
      throw error
    } catch let error as DescriptionError {
      throw Failure(
        .corrupt, "\(source) does not hold the network that its architecture describes",
        why: "\(error)", help: "the architecture is \(shortText)")
    }
  }
}

extension NetworkArchitecture {
  /// Whether its layers are known by name.
  var isKnown: Bool { if case .torchvision = self { true } else { false } }

  /// Of a network of torchvision, which other one a file looks like; nil when there is none.
  func looksLike(_ shapes: [String: Shape]) -> String? {
    guard case .torchvision(let model, _) = self else { return nil }
    let found = KnownArchitecture.resembling(shapes)
    return found == model ? nil : "the tensors look like those of \(found)"
  }

  fileprivate static func torchvision(
    _ members: [String: JSONValue],
    failure: (_ what: String, _ why: String, _ help: String?) -> Failure
  ) throws -> NetworkArchitecture {
    let names = KnownArchitecture.names
    let known = "known are \(names.joined(separator: ", "))"
    guard let model = members["model"]?.stringValue else {
      throw failure("an architecture of the kind 'torchvision' without a model", known, nil)
    }
    guard names.contains(model) else {
      throw failure(
        "an unknown model \(Failure.quote(model))", known, Suggestion.help(for: model, among: names)
      )
    }
    guard let value = members["side"] else { return .torchvision(model: model) }
    guard let side = value.integerValue, (1...largestSide).contains(side) else {
      throw failure(
        "the member 'side' of the architecture is \(value.kindDescription)",
        "it has the rows and columns of the images, 1 to \(largestSide)", nil)
    }
    return .torchvision(model: model, side: side)
  }
}

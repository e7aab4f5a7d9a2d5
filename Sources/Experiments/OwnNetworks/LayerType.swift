import NeuralNetworks
import Store

/// The layers that a manifest can list.
enum LayerType: String, CaseIterable, Sendable {
  case linear
  case conv2d
  case batchnorm
  case layernorm
  case embedding
  case lstm
  case attention
  case maxpool
  case avgpool
  case globalAvgpool = "global-avgpool"
  case flatten
  case lastStep = "last-step"
  case meanOfSteps = "mean-of-steps"
  case relu
  case gelu
  case silu
  case tanh
  case sigmoid
  case softmax
  case dropout
  case residual

  /// What stands behind the type: a name, or a number under a key.
  enum Head {
    case name
    case number(String)
  }

  /// What a key holds.
  enum Key: Equatable {
    case whole(ClosedRange<Int>)
    case fraction(ClosedRange<Double>)
    case flag
    case layers
  }

  private static let units = Key.whole(1...65_536)
  private static let window = Key.whole(1...1024)
  private static let margin = Key.whole(0...1024)

  var head: Head {
    switch self {
    case .maxpool, .avgpool: .number("size")
    case .dropout: .number("rate")
    default: .name
    }
  }

  /// All keys but that of the head.
  var keys: [String: Key] {
    switch self {
    case .linear: ["outputs": Self.units, "bias": .flag]
    case .conv2d:
      [
        "filters": Self.units, "kernel": Self.window, "stride": Self.window,
        "padding": Self.margin, "bias": .flag,
      ]
    case .batchnorm: ["epsilon": .fraction(0...1), "momentum": .fraction(0...1)]
    case .layernorm: ["epsilon": .fraction(0...1)]
    case .embedding: ["tokens": .whole(1...1_048_576), "width": Self.units]
    case .lstm: ["units": Self.units, "layers": .whole(1...64)]
    case .attention: ["heads": .whole(1...1024), "causal": .flag]
    case .maxpool: ["stride": Self.window, "padding": Self.margin]
    case .avgpool: ["stride": Self.window, "padding": Self.margin, "counts-padding": .flag]
    case .residual: ["layers": .layers, "shortcut": .layers]
    case .globalAvgpool, .flatten, .lastStep, .meanOfSteps, .relu, .gelu, .silu, .tanh, .sigmoid,
      .softmax,
      .dropout:
      [:]
    }
  }

  /// All keys.
  var allKeys: [String: Key] {
    switch self {
    case .maxpool, .avgpool: keys.merging(["size": Self.window]) { $1 }
    case .dropout: keys.merging(["rate": .fraction(0...0.99)]) { $1 }
    default: keys
    }
  }

  /// Keys without which there is no such layer.
  var required: [String] {
    switch self {
    case .linear: ["outputs"]
    case .conv2d: ["filters", "kernel"]
    case .embedding: ["tokens", "width"]
    case .lstm: ["units"]
    case .attention: ["heads"]
    case .residual: ["layers"]
    default: []
    }
  }

  /// Whether it has parameters or a random stream, which are called by its name.
  var needsName: Bool {
    switch self {
    case .linear, .conv2d, .batchnorm, .layernorm, .embedding, .lstm, .attention, .dropout: true
    default: false
    }
  }

  /// One for messages.
  var example: String {
    switch self {
    case .linear: "{linear: fc1, outputs: 10}"
    case .conv2d: "{conv2d: conv1, filters: 32, kernel: 3, padding: 1}"
    case .embedding: "{embedding: emb, tokens: 1000, width: 32}"
    case .lstm: "{lstm: rnn, units: 64}"
    case .attention: "{attention: att, heads: 4}"
    case .dropout: "{dropout: 0.5, name: drop}"
    case .maxpool, .avgpool: "{\(rawValue): 2}"
    case .residual: "{residual: block, layers: [{linear: fc, outputs: 8}, relu]}"
    default: needsName ? "{\(rawValue): name}" : rawValue
    }
  }

  /// A number of the manifest.
  func number(_ key: String, _ node: YAMLNode) throws -> LayerLine.Value {
    func failure(_ text: String, _ range: String) -> Failure {
      Failure(
        .manifestInvalid, "'\(key)' of a layer '\(rawValue)': \(text) is out of range",
        location: node.location, why: "allowed is \(range)")
    }
    switch allKeys[key] {
    case .whole(let range)?:
      let number = try node.integer()
      guard range.contains(number) else {
        throw failure("\(number)", "\(range.lowerBound) … \(range.upperBound)")
      }
      return .number(Double(number))
    case .fraction(let range)?:
      let number = try node.number()
      guard range.contains(number) else {
        throw failure(
          CSVNumber.format(number),
          "\(CSVNumber.format(range.lowerBound)) … \(CSVNumber.format(range.upperBound))")
      }
      return .number(number)
    default: throw node.mismatch("a name")
    }
  }

  /// Names that other programs have.
  static let elsewhere = [
    "dense": "linear", "fc": "linear", "conv": "conv2d", "convolution": "conv2d",
    "batchnorm2d": "batchnorm", "batchnorm1d": "batchnorm", "maxpool2d": "maxpool",
    "avgpool2d": "avgpool", "adaptiveavgpool2d": "global-avgpool", "gap": "global-avgpool",
    "swish": "silu", "max-pooling": "maxpool", "batch-norm": "batchnorm",
    "layer-norm": "layernorm",
  ]
}

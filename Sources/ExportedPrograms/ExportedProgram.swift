import Store
import Tensors

/// What a `.pt2` file says: a graph of operators, and the numbers that it computes with.
struct ExportedProgram {
  /// An argument of an operator.
  indirect enum Argument {
    case none
    case tensor(String)
    case tensors([String])
    case integer(Int)
    case integers([Int])
    /// An extent that is computed while the program runs.
    case symbol(String)
    case symbols([Argument])
    case number(Double)
    case truth(Bool)
    case text(String)
    /// A kind that no operator takes which is read.
    case other(String)
  }

  /// An operator at its place.
  struct Node {
    /// The name of the node: `conv2d_1`.
    let name: String
    /// `aten.conv2d.default`.
    let target: String
    /// By the names of the operator's schema.
    let arguments: [String: Argument]
    /// Names of the results; empty names for results that nobody uses.
    let outputs: [String]
    /// The dotted name of the module that it belongs to: `layer1.0.conv1`.
    let module: String
    /// The class of the module: `torch.nn.modules.conv.Conv2d`.
    let moduleClass: String
    /// Where it stands in the model's program: `net.py:12`.
    let place: String?
  }

  /// A tensor of the weights.
  struct Weight {
    /// The name in the state dictionary.
    let name: String
    /// Whether it is learned.
    let isParameter: Bool
  }

  /// The file, for messages.
  let path: String
  /// The version of the format.
  let version: (major: Int, minor: Int)
  /// The operators in an order in which they can be computed.
  let nodes: [Node]
  /// The tensor that a user gives.
  let input: String
  /// Shape of the example input and number of its element type.
  let inputShape: [Int]
  let inputType: ElementType
  /// The result.
  let output: String
  /// Weights by their names in the graph.
  let weights: [String: Weight]
  /// Extents that are computed while the program runs, at the example input.
  let integers: [String: Int]
  /// Shapes of tensors at the example input, as the file has them.
  let shapes: [String: [Int]]
  /// Numbers by their names in the state dictionary.
  let tensors: [String: StoredTensor]

  /// Element types by PyTorch's numbers for them (`torch._export.serde.schema.ScalarType`).
  enum ElementType: Int {
    case byte = 1
    case int8, int16, int32, int64, float16, float32, float64
    case bool = 12
    case bfloat16

    var stored: StoredTensor.ElementType? {
      switch self {
      case .byte: .uint8
      case .int64: .int64
      case .int32: .int32
      case .float16: .float16
      case .float32: .float32
      case .float64: .float64
      case .bool: .bool
      case .bfloat16: .bfloat16
      case .int8, .int16: nil
      }
    }

    /// Whether it holds numbers with a fraction.
    var isFractional: Bool {
      switch self {
      case .float16, .float32, .float64, .bfloat16: true
      default: false
      }
    }

    /// Whether it holds whole numbers that may stand for tokens.
    var isWhole: Bool { self == .int64 || self == .int32 }
  }

  /// Limits on what is read.
  enum Limit {
    static let graphBytes = 64 << 20
    static let graphValues = 1_000_000
    static let nodes = 20_000
    static let axes = Shape.maximumRank
    /// Elements of an example batch.
    static let elements = 1 << 24
    /// Elements of a view that changes their order, which are numbered one by one; of all such views
    /// that are still needed; and of all together.
    static let viewed = 1 << 20
    static let viewedAtOnce = 1 << 22
    static let viewedInAll = 1 << 27
  }

  /// An error of the file.
  static func failure(
    _ path: String, _ what: String, why: String? = nil, help: String? = nil
  ) -> Failure {
    Failure(.corrupt, "\(Failure.printable(path, limit: 4096)): \(what)", why: why, help: help)
  }
}

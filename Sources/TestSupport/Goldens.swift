import Foundation
import Store
import Tensors

/// One golden file: inputs and expected results computed by independent code, here PyTorch and
/// numpy.
///
/// The files are made by `tools/goldens/generate.py` and lie in the folder `Goldens` of a test
/// target's resources. Names of tensors are paths, `<case>/<what>`.
public struct Golden: Sendable {
  /// The only format this reader takes; the generator writes the same text.
  public static let format = "modlab-golden-1"

  /// The file's name without extension.
  public let name: String
  private let file: SafetensorsFile

  /// Reads a golden file.
  ///
  /// - Parameters:
  ///   - name: the file's name without extension.
  ///   - bundle: the resources of the test target, `.module` there.
  /// - Throws: ``Failure`` when the file is missing, damaged or of another format, with the command
  ///   that makes it.
  public init(_ name: String, in bundle: Bundle) throws {
    self.name = name
    let path = (bundle.resourcePath ?? bundle.bundlePath) + "/Goldens/\(name).safetensors"
    do {
      file = try Safetensors.read(path)
    } catch var failure as Failure {
      failure.help = Golden.help
      throw failure
    }
    guard file.metadata["format"] == Golden.format else {
      throw Failure(
        .corrupt, "golden file '\(name)' has another format",
        why: "it says \(file.metadata["format"] ?? "nothing"), wanted is \(Golden.format)",
        help: Golden.help)
    }
  }

  /// Numbers of any stored type, as a tensor of the wanted precision.
  public func tensor<Scalar: TensorScalar>(
    _ key: String, as type: Scalar.Type = Scalar.self
  ) throws -> Tensor<Scalar> {
    switch try stored(key) {
    case .float32(let tensor): tensor.converted(to: type)
    case .float64(let tensor): tensor.converted(to: type)
    case .float16, .bfloat16:
      throw Failure(.corrupt, "'\(key)' of golden file '\(name)' has half precision")
    case .int64(let values, let shape): Tensor(values.map { Scalar($0) }, shape: shape)
    case .int32(let values, let shape): Tensor(values.map { Scalar($0) }, shape: shape)
    case .uint8(let values, let shape): Tensor(values.map { Scalar($0) }, shape: shape)
    case .bool(let values, let shape): Tensor(values.map { Scalar($0) }, shape: shape)
    }
  }

  /// Whole numbers in row-major order.
  public func integers(_ key: String) throws -> [Int] {
    switch try stored(key) {
    case .int64(let values, _): return values.map { Int($0) }
    case .uint8(let values, _): return values.map { Int($0) }
    default:
      throw Failure(
        .corrupt, "'\(key)' of golden file '\(name)' does not hold whole numbers",
        help: Golden.help)
    }
  }

  /// The only element of a tensor.
  public func number(_ key: String) throws -> Double {
    try tensor(key, as: Double.self).item
  }

  /// A text the generator noted beside the tensors.
  public func fact(_ key: String) throws -> String {
    guard let text = file.metadata[key] else {
      throw Failure(.corrupt, "golden file '\(name)' does not say '\(key)'", help: Golden.help)
    }
    return text
  }

  /// Names of the tensors that start with `prefix/`, without it, in alphabetical order.
  public func names(under prefix: String) -> [String] {
    file.tensors.keys.filter { $0.hasPrefix(prefix + "/") }
      .map { String($0.dropFirst(prefix.count + 1)) }.sorted()
  }

  /// Number of cases `0/…`, `1/…`, and so on.
  public var caseCount: Int {
    var count = 0
    while !names(under: "\(count)").isEmpty { count += 1 }
    return count
  }

  private static let help = "make it again with tools/goldens/generate.py"

  private func stored(_ key: String) throws -> StoredTensor {
    guard let tensor = file.tensors[key] else {
      throw Failure(.corrupt, "golden file '\(name)' has no tensor '\(key)'", help: Golden.help)
    }
    return tensor
  }
}

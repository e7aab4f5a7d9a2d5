import Datasets
import ExperimentKit
import Experiments
import Store

/// A reader of bytes that nobody vouches for.
///
/// The fuzzer and the test suite call readers through ``read(_:)``, so that what one has found the
/// other repeats.
public enum FuzzTarget: String, Sendable, CaseIterable {
  /// YAML texts.
  case yaml
  /// Values of `--set`.
  case inline
  /// Manifests of all registered experiments.
  case manifest
  /// CSV tables.
  case csv
  /// JSON texts.
  case json
  /// safetensors files.
  case safetensors
  /// Checkpoints.
  case checkpoint
  /// gzip files.
  case gzip
  /// IDX files of MNIST and Fashion-MNIST.
  case idx
  /// Binary files of CIFAR-10.
  case cifar
  /// Text files of SCAN.
  case scan
  /// Text files of the Mathematics Dataset.
  case mathematics

  /// Reads bytes and checks that whatever comes of it is in order: a value that keeps what the
  /// format promises, or a failure that is fit to print.
  ///
  /// - Returns: The failure that the reader reported, nil when it accepted the bytes.
  public func read(_ bytes: [UInt8]) -> Failure? {
    do {
      try readUnchecked(bytes)
      return nil
    } catch let failure as Failure {
      checkFailure(failure)
      return failure
    } catch {
      preconditionFailure("\(rawValue): the error is no Failure: \(error)")
    }
  }

  /// What packed data may unpack to here; small, so that the memory of a reader can be bounded by
  /// the size of the file.
  static let maximumContent = 1 << 20

  private func readUnchecked(_ bytes: [UInt8]) throws {
    let file = "input"
    switch self {
    case .yaml: FuzzProperties.check(try YAMLNode.parse(bytes, file: file))
    case .inline:
      guard let text = String(validating: bytes, as: UTF8.self) else { return }
      for node in try YAMLNode.parseInline(text, option: "--set x") { FuzzProperties.check(node) }
    case .manifest: try FuzzProperties.readManifest(bytes)
    case .csv: FuzzProperties.check(try CSVTable.parse(bytes, file: file))
    case .json: FuzzProperties.check(try JSONValue.parse(bytes, file: file))
    case .safetensors:
      try MemoryFile.with(bytes) { FuzzProperties.check(try Safetensors.read($0)) }
    case .checkpoint:
      try MemoryFile.with(bytes) { _ = try Checkpoint.read($0) }
    case .gzip:
      let content = try Gzip.decompress(bytes, file: file, maximumSize: Self.maximumContent)
      precondition(content.count <= Self.maximumContent)
    case .idx:
      FuzzProperties.check(
        try IDXFile.parse(bytes, file: file, maximumSize: Self.maximumContent))
    case .cifar:
      FuzzProperties.check(
        try CIFAR10Batch.parse(bytes, file: file, maximumSize: Self.maximumContent))
    case .scan:
      FuzzProperties.check(try SCAN.parse(bytes, file: file, maximumSize: Self.maximumContent))
    case .mathematics:
      FuzzProperties.check(
        try MathematicsProblems.parse(bytes, file: file, maximumSize: Self.maximumContent))
    }
  }

  /// The exit code that the format's failures carry.
  public var exitCode: ExitCode {
    switch self {
    case .yaml, .manifest: .manifestInvalid
    case .inline: .usage
    case .csv, .json, .safetensors, .checkpoint: .corrupt
    case .gzip, .idx, .cifar, .scan, .mathematics: .dataMissing
    }
  }

  private func checkFailure(_ failure: Failure) {
    precondition(failure.exitCode == exitCode, "\(rawValue): exit code of \(failure)")
    let text = failure.description
    precondition(text.utf8.count < 20_000, "\(rawValue): message of \(text.utf8.count) bytes")
    for scalar in text.unicodeScalars {
      precondition(
        scalar == "\n" || (scalar.value >= 32 && scalar.value != 127),
        "\(rawValue): control character in the message")
    }
  }
}

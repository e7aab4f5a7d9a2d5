import Datasets
import ExperimentKit
import Experiments
import ExportedPrograms
import NetworkFiles
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
  /// Descriptions of networks.
  case architecture
  /// Files of partitions.
  case partitions
  /// Networks that PyTorch has exported: whole files, their graphs, and their lists of weights.
  case program, graph, weights
  /// gzip files.
  case gzip
  /// IDX files of MNIST and Fashion-MNIST.
  case idx
  /// Binary files of CIFAR-10.
  case cifar
  /// NumPy's arrays.
  case npy
  /// NumPy's archives of arrays.
  case npz
  /// CSV files with data.
  case columns
  /// PNG images.
  case png
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
      try load(bytes, isChecked: true)
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

  /// Reads bytes and lets go of the result, as a measurement of the reader wants it.
  public func load(_ bytes: [UInt8]) throws { try load(bytes, isChecked: false) }

  private func load(_ bytes: [UInt8], isChecked: Bool) throws {
    let (file, limit) = ("input", Self.maximumContent)
    func check(_ body: () -> Void) { if isChecked { body() } }
    switch self {
    case .yaml:
      let node = try YAMLNode.parse(bytes, file: file)
      check { FuzzProperties.check(node) }
    case .inline:
      guard let text = String(validating: bytes, as: UTF8.self) else { return }
      let override = try SettingOverride.parse("x=" + text)
      check { for node in override.values { FuzzProperties.check(node) } }
    case .manifest: try FuzzProperties.readManifest(bytes)
    case .csv:
      let table = try CSVTable.parse(bytes, file: file)
      check { FuzzProperties.check(table) }
    case .json:
      let value = try JSONValue.parse(bytes, file: file)
      check { FuzzProperties.check(value) }
    case .safetensors:
      try MemoryFile.with(bytes) { path in
        let content = try Safetensors.read(path)
        check { FuzzProperties.check(content) }
      }
    case .checkpoint: try MemoryFile.with(bytes) { _ = try Checkpoint.read($0) }
    case .architecture:
      let architecture = try NetworkArchitecture(
        String(decoding: bytes, as: UTF8.self), source: file)
      check { FuzzProperties.check(architecture) }
    case .partitions:
      try MemoryFile.with(bytes) { path in
        let content = try PartitionFile(path)
        check { FuzzProperties.check(content) }
      }
    case .program: try MemoryFile.with(bytes) { _ = try ImportedNetwork(program: $0) }
    case .graph:
      let network = try ProgramNetwork(graph: bytes, path: file)
      check { FuzzProperties.check(network) }
    case .weights: try readProgramWeights(bytes, storage: 4096, path: file)
    case .gzip:
      let content = try Gzip.decompress(bytes, file: file, maximumSize: limit)
      precondition(content.count <= limit)
    case .idx:
      let content = try IDXFile.parse(bytes, file: file, maximumSize: limit)
      check { FuzzProperties.check(content) }
    case .cifar:
      let batch = try CIFAR10Batch.parse(bytes, file: file, maximumSize: limit)
      check { FuzzProperties.check(batch) }
    case .npy:
      try MemoryFile.with(bytes) { path in
        let array = try NPYFile.map(path)
        check { FuzzProperties.check(array) }
      }
    case .npz:
      try MemoryFile.with(bytes) { path in
        let file = try NPZFile(path)
        for name in file.names {
          let array = try file.array(name)
          check { FuzzProperties.check(array) }
        }
      }
    case .columns:
      let columns = try CSVColumns(bytes, file: file)
      for name in columns.names {
        let array = try columns.numbers(name)
        check { FuzzProperties.check(array) }
      }
    case .png:
      let image = try PNGImage.parse(bytes, file: file, maximumSize: limit)
      check { FuzzProperties.check(image) }
    case .scan:
      let pairs = try SCAN.parse(bytes, file: file, maximumSize: limit)
      check { FuzzProperties.check(pairs) }
    case .mathematics:
      let problems = try MathematicsProblems.parse(bytes, file: file, maximumSize: limit)
      check { FuzzProperties.check(problems) }
    }
  }

  /// The exit code that the format's failures carry.
  public var exitCode: ExitCode {
    switch self {
    case .yaml, .manifest: .manifestInvalid
    case .inline: .usage
    case .csv, .json, .safetensors, .checkpoint, .architecture, .partitions, .program, .graph,
      .weights:
      .corrupt
    case .gzip, .idx, .cifar, .npy, .npz, .columns, .png, .scan, .mathematics: .dataMissing
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

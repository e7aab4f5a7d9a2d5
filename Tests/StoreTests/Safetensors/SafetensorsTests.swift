import Store
import Tensors
import TestSupport
import Testing

struct SafetensorsTests {
  /// The content of `reference.safetensors`, which the Python package has written.
  static let reference: [String: StoredTensor] = [
    "encoder.0.weight": .float32(
      Tensor<Float>([1, -2, 0.5, .nan, .infinity, -.infinity], shape: [2, 3])),
    "encoder.0.bias": .float32(Tensor<Float>([0.1, .leastNonzeroMagnitude], shape: [2])),
    "scalar": .float32(Tensor<Float>(scalar: 1.5)),
    "empty": .float32(Tensor<Float>([], shape: [0, 7])),
    "double": .float64(Tensor<Double>([0.1, -0.0], shape: [2])),
    "steps": .int64([-1, .max], [2, 1]),
    "add/encoder.0.weight": .uint8([1, 0, 1, 0, 1, 255], [2, 3]),
    "is-kept": .bool([1, 0, 1], [3]),
    "name \"with\" \\ ü\n\u{01}": .uint8([7], [1]),
  ]
  static let referenceMetadata = ["format": "fixture \"ü\"\n"]
  static let referencePath = "\(Fixtures.folder)/reference.safetensors"

  /// Whether two sets of tensors agree to the bit, NaN included.
  static func areIdentical(
    _ a: [String: StoredTensor], _ b: [String: StoredTensor]
  ) -> Bool {
    a.count == b.count
      && a.allSatisfy { name, tensor in
        guard let other = b[name] else { return false }
        return tensor.elementType == other.elementType && tensor.shape == other.shape
          && tensor.withUnsafeBytes { Array($0) } == other.withUnsafeBytes { Array($0) }
      }
  }

  @Test("a file of the Python package is read")
  func readingReference() throws {
    let file = try Safetensors.read(Self.referencePath)
    #expect(file.metadata == Self.referenceMetadata)
    #expect(Self.areIdentical(file.tensors, Self.reference))
    #expect(file.tensors["encoder.0.bias"]?.float32?.scalars == [0.1, .leastNonzeroMagnitude])
    #expect(file.tensors["double"]?.float64?.scalars == [0.1, -0.0])
    #expect(file.tensors["steps"]?.int64 == [-1, .max])
    #expect(file.tensors["is-kept"]?.bytes == [1, 0, 1])
    #expect(file.tensors["steps"]?.float32 == nil)
    #expect(file.tensors["scalar"]?.float64 == nil)
    #expect(file.tensors["scalar"]?.int64 == nil)
    #expect(file.tensors["scalar"]?.bytes == nil)
  }

  @Test("the same content is written to the same bytes as by the Python package")
  func writingReference() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a.safetensors"
      try Safetensors.write(Self.reference, metadata: Self.referenceMetadata, to: path)
      #expect(try InputFile.bytes(at: path) == InputFile.bytes(at: Self.referencePath))
      try Safetensors.write(["a": .float32(Tensor<Float>([1, 2], shape: [2]))], to: path)
      #expect(
        try InputFile.bytes(at: path)
          == InputFile.bytes(at: "\(Fixtures.folder)/reference-without-metadata.safetensors"))
    }
  }

  @Test("a round trip changes nothing, whatever the names and sizes")
  func roundTrip() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a.safetensors"
      var tensors: [String: StoredTensor] = [:]
      for (number, count) in [0, 1, 3, 64, 65, 20_000, 100_003].enumerated() {
        let values = (0..<count).map { Float($0) * 0.37 - Float(number) }
        tensors["layers.\(number).weight"] = .float32(Tensor(values, shape: [count]))
        tensors["bytes/\(number)"] = .uint8(
          (0..<count).map { UInt8(truncatingIfNeeded: $0) }, [count, 1])
        tensors["numbers/\(number)"] = .int64((0..<count).map { Int64($0) - 5 }, [1, count])
      }
      tensors[String(repeating: "n", count: 512)] = .bool([], [0])
      tensors["rank 8"] = .float64(Tensor<Double>([1, 2], shape: [1, 1, 1, 2, 1, 1, 1, 1]))
      let metadata = ["b": "1", "a": "2", "": "", "ü": "\u{01F600}"]
      try Safetensors.write(tensors, metadata: metadata, to: path)
      let file = try Safetensors.read(path)
      #expect(Self.areIdentical(file.tensors, tensors))
      #expect(file.metadata == metadata)
      let bytes = try InputFile.bytes(at: path)
      try Safetensors.write(file.tensors, metadata: file.metadata, to: path)
      #expect(try InputFile.bytes(at: path) == bytes)
      // Nothing at all is a file, too.
      try Safetensors.write([:], to: path)
      #expect(try Safetensors.read(path) == SafetensorsFile(tensors: [:]))
      #expect(try InputFile.bytes(at: path) == [8, 0, 0, 0, 0, 0, 0, 0] + Array("{}      ".utf8))
    }
  }

  @Test("a view is written as what it shows")
  func views() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a.safetensors"
      let matrix = Tensor<Float>((0..<12).map(Float.init), shape: [4, 3])
      try Safetensors.write(["v": .float32(matrix.rows(1..<3))], to: path)
      #expect(try Safetensors.read(path).tensors["v"]?.float32?.scalars == [3, 4, 5, 6, 7, 8])
    }
  }

  @Test("names that could not be read again are refused")
  func names() throws {
    try withTemporaryFolder { folder in
      for name in ["__metadata__", String(repeating: "ü", count: 257)] {
        let failure = failure {
          try Safetensors.write([name: .uint8([], [0])], to: "\(folder)/a")
        }
        #expect(failure?.exitCode == .internalError)
        #expect(failure?.what.hasPrefix("tensor name '") == true)
      }
      let leftovers = try Folder.contents(at: folder)
      #expect(leftovers.isEmpty)
    }
  }

  @Test("a file cut at any length is noticed")
  func truncation() throws {
    try withTemporaryFolder { folder in
      let bytes = try InputFile.bytes(at: Self.referencePath)
      for length in 0..<bytes.count {
        let path = "\(folder)/a"
        try AtomicFile.write(
          Array(bytes[..<length]), to: path, operations: QuickFileOperations())
        #expect(failure { _ = try Safetensors.read(path) }?.exitCode == .corrupt)
      }
    }
  }

  @Test("missing files and the meaning of damage are the caller's")
  func exitCodes() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a"
      let missing = failure { _ = try Safetensors.read(path, missing: .usage) }
      #expect(missing?.exitCode == .usage)
      try AtomicFile.write("x", to: path)
      let damaged = failure { _ = try Safetensors.read(path, exitCode: .dataMissing) }
      #expect(damaged?.exitCode == .dataMissing)
    }
  }
}

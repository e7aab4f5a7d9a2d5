import Store
import Tensors
import TestSupport
import Testing

struct CheckpointTests {
  static func tensors(_ value: Float) -> [String: StoredTensor] {
    [
      "layers.0.weight": .float32(Tensor<Float>([value, 2, 3, .nan], shape: [2, 2])),
      "optimizer.step": .int64([Int64(value)], []),
      "table/accuracy": .uint8(Array("a,b\n1,2\n".utf8), [8]),
    ]
  }

  static let metadata = ["format": "modlab-checkpoint-1", "seed": "3", "step": "100"]

  @Test("what is written is read back, with both checksums")
  func roundTrip() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/checkpoint.safetensors"
      try Checkpoint.write(Self.tensors(1), metadata: Self.metadata, to: path)
      let read = try Checkpoint.read(path)
      #expect(SafetensorsTests.areIdentical(read.tensors, Self.tensors(1)))
      #expect(read.warning == nil)
      for (key, value) in Self.metadata { #expect(read.metadata[key] == value) }
      #expect(read.metadata.count == Self.metadata.count + 2)
      // The data checksum is that of the bytes after the header.
      let bytes = try InputFile.bytes(at: path)
      let headerEnd =
        8 + bytes[..<8].enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
      #expect(
        read.metadata[Checkpoint.dataChecksumKey]
          == SHA256.digest(of: Array(bytes[headerEnd...])))
      // Any reader can read it, and writing what was read gives the same bytes.
      #expect(try Safetensors.read(path).metadata == read.metadata)
      try Checkpoint.write(read.tensors, metadata: read.metadata, to: path)
      #expect(try InputFile.bytes(at: path) == bytes)
    }
  }

  @Test("every flipped bit and byte is noticed")
  func corruption() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/c"
      try Checkpoint.write(Self.tensors(1), metadata: Self.metadata, to: path)
      let bytes = try InputFile.bytes(at: path)
      for place in bytes.indices {
        for change: UInt8 in [1 << (place % 8), 0x20, 0xFF] {
          var damaged = bytes
          damaged[place] ^= change
          try AtomicFile.write(damaged, to: path, operations: QuickFileOperations())
          let failure = failure { _ = try Checkpoint.read(path) }
          #expect(failure?.exitCode == .corrupt, "byte \(place) ^ \(change)")
          #expect(failure?.what.hasPrefix(path) == true)
        }
      }
    }
  }

  @Test("a checkpoint cut at any length or continued is noticed")
  func truncation() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/c"
      try Checkpoint.write(Self.tensors(1), metadata: Self.metadata, to: path)
      let bytes = try InputFile.bytes(at: path)
      for length in 0...bytes.count + 1 where length != bytes.count {
        let content = length < bytes.count ? Array(bytes[..<length]) : bytes + [0]
        try AtomicFile.write(content, to: path, operations: QuickFileOperations())
        #expect(failure { _ = try Checkpoint.read(path) }?.exitCode == .corrupt)
      }
    }
  }

  @Test("the previous checkpoint takes the place of a damaged one, with a warning")
  func fallback() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/c"
      try Checkpoint.write(Self.tensors(1), to: path)
      try Checkpoint.write(Self.tensors(2), to: path)
      var damaged = try InputFile.bytes(at: path)
      damaged[damaged.count - 1] ^= 1
      try AtomicFile.write(damaged, to: path)
      let read = try Checkpoint.read(path)
      #expect(SafetensorsTests.areIdentical(read.tensors, Self.tensors(1)))
      #expect(
        read.warning?.description == """
          \(path): data are damaged
            why: their checksum is wrong
            help: continued from '\(path).previous'
          """)
      let previous = path + ".previous"
      // Both damaged: the newest is reported, the other mentioned.
      try AtomicFile.write("x", to: previous)
      let failure = try #require(failure { _ = try Checkpoint.read(path) })
      #expect(failure.exitCode == .corrupt)
      #expect(
        failure.description == """
          \(path): data are damaged
            why: their checksum is wrong
              the previous checkpoint cannot be used: \(previous): file ends within the header's length
            help: remove the damaged files to start again
          """)
    }
  }

  @Test("a missing checkpoint is missing, even when there is a previous one")
  func missing() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/c"
      try Checkpoint.write(Self.tensors(1), to: path + ".previous")
      #expect(failure { _ = try Checkpoint.read(path) }?.exitCode == .dataMissing)
      #expect(failure { _ = try Checkpoint.read(path, missing: .usage) }?.exitCode == .usage)
    }
  }

  @Test("a safetensors file without checksums is no checkpoint")
  func foreignFile() throws {
    let failure = try #require(
      failure { _ = try Checkpoint.read(SafetensorsTests.referencePath) })
    #expect(failure.what.hasSuffix("reference.safetensors: not a checkpoint"))
    #expect(failure.why?.contains("there is none") == true)
  }
}

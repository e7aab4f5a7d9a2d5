import Store
import Tensors

/// Reads the list of a program's numbers alone, from storages of zeros; for the fuzzer.
package func readProgramWeights(_ list: [UInt8], storage: Int, path: String) throws {
  let weights = ProgramWeights(path: path)
  for (member, entries) in try weights.entries(list) {
    for entry in entries {
      _ = try weights.tensor(entry, in: [UInt8](repeating: 0, count: storage), member)
    }
  }
}

/// Reads the numbers of a program: `data/weights/…_weights_config.json` says which storage every tensor
/// lies in, from which element on and with which strides; a storage is a member of little-endian
/// numbers.
struct ProgramWeights {
  let path: String

  /// A tensor in its storage.
  struct Entry {
    let name: String
    let type: StoredTensor.ElementType
    let shape: [Int]
    let strides: [Int]
    let offset: Int
  }

  private func failure(_ what: String, why: String? = nil, help: String? = nil) -> Failure {
    ExportedProgram.failure(path, what, why: why, help: help)
  }

  /// The tensors by the name of their storage.
  func entries(_ bytes: [UInt8]) throws -> [String: [Entry]] {
    let root: JSONValue
    do {
      root = try JSONValue.parse(
        bytes, file: "model_weights_config.json",
        maximumValues: ExportedProgram.Limit.graphValues)
    } catch let syntax as Failure {
      throw failure("the list of weights cannot be read: \(syntax.description)")
    }
    guard let config = root["config"]?.objectValue else {
      throw failure("the list of weights has no member 'config'")
    }
    var result: [String: [Entry]] = [:]
    for (name, value) in config.sorted(by: { $0.key < $1.key }) {
      guard let (storage, entry) = try entry(name, value) else { continue }
      result[storage, default: []].append(entry)
    }
    return result
  }

  private func entry(_ name: String, _ value: JSONValue) throws -> (String, Entry)? {
    let quoted = "the tensor \(Failure.quote(name))"
    guard let storage = value["path_name"]?.stringValue, let meta = value["tensor_meta"],
      !storage.isEmpty, !storage.contains("/")
    else { throw failure("\(quoted) has no place in the archive") }
    if value["use_pickle"]?.boolValue ?? false {
      throw failure(
        "\(quoted) is pickled", why: "a pickle may run any program when it is read",
        help:
          "export the model with plain tensors as parameters, not with subclasses such as quantised "
          + "ones")
    }
    let parser = GraphParser(path: path)
    guard let shape = parser.shape(meta),
      let strides = meta["strides"]?.arrayValue?.compactMap({ $0["as_int"]?.integerValue }),
      strides.count == shape.count, strides.allSatisfy({ $0 >= 0 }),
      let offset = (meta["storage_offset"]?["as_int"] ?? .integer(0)).integerValue, offset >= 0
    else { throw failure("\(quoted) has no shape, or no strides from 0 up") }
    let code = meta["dtype"]?.integerValue ?? 0
    guard let type = ExportedProgram.ElementType(rawValue: code)?.stored else {
      if Self.isBatchCounter(name) { return nil }
      throw failure(
        "\(quoted) has the element type \(code) of PyTorch, which is not read",
        why: "weights are float32, float64, float16 or bfloat16",
        help: "convert the model before it is exported, with model.float()")
    }
    return (
      storage,
      Entry(name: name, type: type, shape: shape, strides: strides, offset: offset)
    )
  }

  private static func isBatchCounter(_ name: String) -> Bool {
    name == "num_batches_tracked" || name.hasSuffix(".num_batches_tracked")
  }

  /// The tensor of an entry in its storage.
  func tensor(_ entry: Entry, in storage: [UInt8], _ member: String) throws -> StoredTensor {
    let size = entry.type.byteCount
    let quoted = "the tensor \(Failure.quote(entry.name))"
    guard let count = GraphParser.count(entry.shape), count <= storage.count / size else {
      throw failure(
        "\(quoted) of shape \(GraphParser.text(entry.shape)) does not fit its storage",
        why: "\(Failure.quote(member)) has \(storage.count) bytes, \(size) for each number",
        help: "the archive is incomplete, or was not written by torch.export.save")
    }
    // The place of the last element.
    var last = entry.offset
    for (extent, stride) in zip(entry.shape, entry.strides) where extent > 1 {
      let (way, isTooFar) = (extent - 1).multipliedReportingOverflow(by: stride)
      let (next, isBeyond) = last.addingReportingOverflow(way)
      guard !isTooFar, !isBeyond else { throw failure("\(quoted) has strides beyond its storage") }
      last = next
    }
    guard count == 0 || last < storage.count / size else {
      throw failure(
        "\(quoted) has strides beyond its storage",
        why: "element \(last) of \(storage.count / size)")
    }
    let shape = Shape(entry.shape)
    func elements<Element: BitwiseCopyable>(_ type: Element.Type) -> [Element] {
      storage.withUnsafeBytes { bytes in
        [Element](unsafeUninitializedCapacity: count) { buffer, filled in
          if entry.isContiguous {
            UnsafeMutableRawBufferPointer(
              rebasing: UnsafeMutableRawBufferPointer(buffer)[..<(count * size)]
            )
            .copyMemory(
              from: UnsafeRawBufferPointer(
                rebasing: bytes[(entry.offset * size)..<((entry.offset + count) * size)]))
          } else {
            for (index, place) in entry.places(count).enumerated() {
              buffer[index] = bytes.loadUnaligned(fromByteOffset: place * size, as: Element.self)
            }
          }
          filled = count
        }
      }
    }
    switch entry.type {
    case .float32: return .float32(Tensor(elements(Float.self), shape: shape))
    case .float64: return .float64(Tensor(elements(Double.self), shape: shape))
    case .float16: return .float16(elements(UInt16.self), shape)
    case .bfloat16: return .bfloat16(elements(UInt16.self), shape)
    case .int64: return .int64(elements(Int64.self), shape)
    case .int32: return .int32(elements(Int32.self), shape)
    case .uint8: return .uint8(elements(UInt8.self), shape)
    case .bool: return .bool(elements(UInt8.self), shape)
    }
  }
}

extension ProgramWeights.Entry {
  /// Whether the elements lie in their order without gaps.
  var isContiguous: Bool {
    var expected = 1
    for (extent, stride) in zip(shape, strides).reversed() where extent != 1 {
      guard stride == expected else { return false }
      expected *= max(1, extent)
    }
    return true
  }

  /// The places of the elements in the storage, in the order of the tensor.
  func places(_ count: Int) -> [Int] {
    var result = [offset]
    result.reserveCapacity(count)
    for (extent, stride) in zip(shape, strides) {
      result = result.flatMap { start in (0..<extent).map { start + $0 * stride } }
    }
    return result
  }
}

import Tensors

/// Where a tensor lies in a safetensors file.
public struct TensorPlace: Sendable, Hashable {
  /// The element type.
  public let elementType: StoredTensor.ElementType
  /// Extents, outermost first.
  public let shape: Shape
  /// The first byte within the file.
  public let offset: Int
}

extension Safetensors {
  /// Where the tensors of a file lie, by name, for whoever maps a file instead of reading it.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - exitCode: What a malformed file means to the caller.
  /// - Throws: ``Failure``.
  public static func places(
    in path: String, exitCode: ExitCode = .corrupt
  ) throws -> [String: TensorPlace] {
    let (header, raw) = try SafetensorsHeader.read(from: InputFile(path), exitCode: exitCode)
    return header.entries.reduce(into: [:]) { places, entry in
      places[entry.name] = TensorPlace(
        elementType: entry.elementType, shape: entry.shape,
        offset: raw.count + entry.range.lowerBound)
    }
  }
}

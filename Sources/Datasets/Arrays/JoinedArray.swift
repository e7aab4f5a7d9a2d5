import Store
import Tensors

/// Arrays one after the other, as if they were one: the five training files of CIFAR-10.
public struct JoinedArray: Sendable {
  private let parts: [NumberArray]
  private let starts: [Int]
  /// N.
  public let count: Int
  /// The shape of one example.
  public let rowShape: Shape

  /// Joins arrays, at least one.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing`` when their examples have different shapes.
  public init(_ parts: [NumberArray]) throws {
    require(!parts.isEmpty, "no arrays to join")
    if let other = parts.first(where: { $0.rowShape != parts[0].rowShape }) {
      throw Failure(
        .dataMissing,
        "the examples of \(Failure.quote(path: other.source)) have shape \(other.rowShape)",
        why: "those of \(Failure.quote(path: parts[0].source)) have shape \(parts[0].rowShape)",
        help: "arrays of one list have examples of one shape")
    }
    self.parts = parts
    rowShape = parts[0].rowShape
    var (starts, end): ([Int], Int) = ([], 0)
    for part in parts {
      starts.append(end)
      end += part.count
    }
    self.starts = starts
    count = end
  }

  /// What messages call it.
  public var source: String {
    parts.count == 1
      ? parts[0].source : "\(parts[0].source) and \(parts.count - 1) more"
  }

  /// Whether the elements of any part can have fractions.
  public var isFractional: Bool { parts.contains { $0.type.isFractional } }

  /// As ``NumberArray/copyRow(_:to:)``.
  public func copyRow(_ row: Int, to buffer: UnsafeMutableBufferPointer<Double>) {
    let (part, place) = place(row)
    parts[part].copyRow(place, to: buffer)
  }

  /// The elements of an example.
  public func row(_ row: Int) -> [Double] {
    [Double](unsafeUninitializedCapacity: rowShape.count) { buffer, count in
      count = rowShape.count
      copyRow(row, to: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
    }
  }

  /// What messages call an example: `digits.npy: row 7`, counted from 0.
  public func name(of row: Int) -> String {
    let (part, place) = place(row)
    return "\(Failure.printable(parts[part].source, limit: 4096)): row \(place)"
  }

  private func place(_ row: Int) -> (part: Int, row: Int) {
    require(row >= 0 && row < count, "row \(row) of \(count)")
    let part = (starts.lastIndex { $0 <= row }) ?? 0
    // Empty parts begin where the next one does.
    return (part, row - starts[part])
  }
}

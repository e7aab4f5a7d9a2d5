import Store

/// Images and labels in the binary format of CIFAR-10.
///
/// A file is a row of records: one byte with the label, then 1,024 red, 1,024 green and 1,024 blue
/// bytes of a 32×32 image, each row by row from the top.
///
/// Reference: Krizhevsky: Learning Multiple Layers of Features from Tiny Images. 2009.
public struct CIFAR10Batch: Sendable, Hashable {
  /// The images, N×3×32×32.
  public let pixels: [UInt8]
  /// The class of each image, 0…9.
  public let labels: [UInt8]

  /// Extents of an image.
  public static let extents = ImageSet.Extents(channels: 3, height: 32, width: 32)
  /// Names of the classes in the order of the labels.
  public static let classNames = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]
  /// Images of each published file.
  public static let officialCount = 10_000
  /// Bytes of a record.
  static let recordBytes = 1 + extents.count
  /// Content of the largest file that is read: five published ones.
  public static let maximumSize = 5 * officialCount * recordBytes

  /// Reads a file, compressed by gzip or not.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing`` when it is missing or not such a file.
  public static func read(_ path: String, expectedCount: Int? = nil) throws -> CIFAR10Batch {
    try parse(
      DataFile.read(path, maximumSize: maximumSize), file: path, expectedCount: expectedCount)
  }

  /// Reads the bytes of a file, compressed by gzip or not.
  ///
  /// **Edge cases**: rejected are a file without records or with a part of one, a number of records
  /// other than `expectedCount`, and labels above 9.
  ///
  /// - Parameters:
  ///   - bytes: The file.
  ///   - file: Name for messages.
  ///   - expectedCount: The number of images that the file must have, if it is known.
  ///   - maximumSize: Bytes that the decompressed content may have.
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing`` and the offset of the byte that is wrong.
  public static func parse(
    _ bytes: [UInt8], file: String, expectedCount: Int? = nil, maximumSize: Int = maximumSize
  ) throws -> CIFAR10Batch {
    let content = try DataFile.content(of: bytes, file: file, maximumSize: maximumSize)
    let count = content.count / recordBytes
    guard count > 0, content.count % recordBytes == 0 else {
      throw Failure.data(
        file, byte: count * recordBytes,
        content.isEmpty ? "file is empty" : "file ends within a record",
        why: "records have \(recordBytes) bytes, the file has \(content.count)")
    }
    if let expectedCount, count != expectedCount {
      throw Failure.data(
        file, byte: min(count, expectedCount) * recordBytes,
        "\(count) images instead of \(expectedCount)")
    }
    var labels: [UInt8] = []
    labels.reserveCapacity(count)
    for place in stride(from: 0, to: content.count, by: recordBytes) {
      guard content[place] < classNames.count else {
        throw Failure.data(
          file, byte: place, "label \(content[place])",
          why: "classes are numbered from 0 to \(classNames.count - 1)")
      }
      labels.append(content[place])
    }
    let pixels = [UInt8](unsafeUninitializedCapacity: count * extents.count) { buffer, filled in
      content.withUnsafeBufferPointer { content in
        for record in 0..<count {
          let start = record * recordBytes + 1
          _ = UnsafeMutableBufferPointer(rebasing: buffer[(record * extents.count)...])
            .initialize(fromContentsOf: content[start..<start + extents.count])
        }
      }
      filled = count * extents.count
    }
    return CIFAR10Batch(pixels: pixels, labels: labels)
  }
}

extension ImageSet {
  /// The images of several CIFAR-10 files, one after the other.
  public init(
    _ batches: [CIFAR10Batch], normalization: PixelNormalization = .cifar10
  ) {
    self.init(
      extents: CIFAR10Batch.extents, classNames: CIFAR10Batch.classNames,
      pixels: batches.flatMap(\.pixels), labels: batches.flatMap(\.labels),
      normalization: normalization)
  }
}

import Foundation
import Store

/// A descriptor of the process that text is written to at once and completely.
public struct StandardStream: Sendable {
  private let descriptor: Int32
  private let name: String

  /// Standard output.
  public static let output = StandardStream(descriptor: STDOUT_FILENO, name: "standard output")
  /// Standard error.
  public static let error = StandardStream(descriptor: STDERR_FILENO, name: "standard error")

  /// Writes a text.
  ///
  /// - Throws: ``Failure`` (input/output) when the system refuses.
  public func write(_ text: String) throws {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if written >= 0 {
        bytes = bytes.dropFirst(written)
      } else if errno != EINTR {
        throw Failure(
          .inputOutput, "cannot write to \(name)", why: String(cString: strerror(errno)))
      }
    }
  }
}

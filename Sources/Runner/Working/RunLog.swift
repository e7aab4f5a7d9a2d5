import Store

/// The `log.txt` of a run: lines with their time in UTC, the last ones kept for `status.json`.
final class RunLog {
  private let log: AppendLog
  private(set) var tail: [String] = []
  static let tailLength = 20

  init(_ path: String) throws { log = try AppendLog(path) }

  func write(_ text: String) throws {
    let line = "\(Timestamp.now()) \(text)"
    tail = (tail + [line]).suffix(Self.tailLength)
    try log.append(line)
  }

  /// The last lines of a log file, none when it cannot be read.
  static func tail(of path: String) -> [String] {
    guard let file = try? InputFile(path) else { return [] }
    let size = min(file.size, 16 << 10)
    var bytes = [UInt8](repeating: 0, count: size)
    let start = file.size - size
    let count = try? bytes.withUnsafeMutableBytes { try file.read(into: $0, at: start) }
    let text = String(decoding: bytes.prefix(count ?? 0), as: UTF8.self)
    return text.split(separator: "\n").suffix(tailLength).map(String.init)
  }
}

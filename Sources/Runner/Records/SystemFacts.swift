import Foundation

/// Facts about processor and system.
enum SystemFacts {
  /// What the system calls the processor.
  static let processorModel: String = {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    return line?.split(separator: ":", maxSplits: 1).last
      .map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
  }()

  /// The distribution and the C library.
  static let operatingSystem: String = {
    let distribution = ProcessInfo.processInfo.operatingSystemVersionString
    var bytes = [CChar](repeating: 0, count: 128)
    let length = confstr(Int32(_CS_GNU_LIBC_VERSION), &bytes, bytes.count)
    guard length > 1 else { return distribution }
    let library = String(
      decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return distribution + ", " + library
  }()
}

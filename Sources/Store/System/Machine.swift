import Glibc

/// Facts about this machine and its processes.
public enum Machine {
  /// The name of the machine.
  public static let name: String = {
    var bytes = [CChar](repeating: 0, count: 256)
    gethostname(&bytes, bytes.count - 1)
    return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }()

  /// Bytes of memory that programs can have.
  public static let memory =
    max(0, sysconf(Int32(_SC_PHYS_PAGES))) * max(0, sysconf(Int32(_SC_PAGESIZE)))

  /// Start of a process in clock ticks since the machine's start, nil when there is none; tells
  /// apart processes that were given the same number.
  ///
  /// One that has ended counts as none, even when nobody has asked for its exit status: some
  /// containers never do, and then it would seem to work for ever.
  ///
  /// - Parameter process: Its number, or `self`.
  public static func startOfProcess(_ process: String) -> Int? {
    var bytes = [UInt8](repeating: 0, count: 1024)
    let descriptor = open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
    let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    // State and start are fields 3 and 22; field 2 stands in parentheses and may contain spaces.
    guard let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[end...].split(separator: " ")
    guard fields.count > 20, fields[1] != "Z", fields[1] != "X" else { return nil }
    return Int(fields[20])
  }
}

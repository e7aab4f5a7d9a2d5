import Foundation
import Store

/// Finds out whether somebody works in a folder, without disturbing them.
///
/// Taking the lock for an instant would do, but could make the attempt of another process fail; so
/// that is done only where nothing else helps.
enum LockProbe {
  /// The living owner of a lock file, nil when it is free.
  ///
  /// An owner on another machine cannot be asked, but its lock can.
  static func owner(of path: String) -> FileLock.Owner? {
    guard let owner = FileLock.Owner(readFrom: path) else { return nil }
    guard owner.host == Host.name else { return FileLock.isFree(path) ? nil : owner }
    return startOfProcess(owner.process) == owner.processStart ? owner : nil
  }

  /// Start of a process in clock ticks since the machine's start, nil when there is none.
  ///
  /// One that has ended counts as none, even when nobody has asked for its exit status: some
  /// containers never do, and then it would seem to work for ever.
  private static func startOfProcess(_ identifier: Int) -> Int? {
    guard let text = try? String(contentsOfFile: "/proc/\(identifier)/stat", encoding: .utf8),
      let end = text.lastIndex(of: ")")
    else { return nil }
    // State and start are fields 3 and 22; field 2 stands in parentheses and may contain spaces.
    let fields = text[end...].split(separator: " ")
    guard fields.count > 20, fields[1] != "Z", fields[1] != "X" else { return nil }
    return Int(fields[20])
  }
}

/// Facts about this machine.
enum Host {
  /// Its name.
  static let name: String = {
    var bytes = [CChar](repeating: 0, count: 256)
    gethostname(&bytes, bytes.count - 1)
    return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }()

  /// Largest resident memory of this process so far, in mebibytes.
  static var peakMebibytes: Double {
    var usage = rusage()
    // Glibc imports the constant as an enumeration and the parameter as a number.
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return (Double(usage.ru_maxrss) / 1024 * 10).rounded() / 10
  }
}

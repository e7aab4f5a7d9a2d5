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
    guard owner.host == Machine.name else { return FileLock.isFree(path) ? nil : owner }
    return Machine.startOfProcess(String(owner.process)) == owner.processStart ? owner : nil
  }
}

extension Machine {
  /// Largest resident memory of this process so far, in mebibytes.
  static var peakMebibytes: Double {
    var usage = rusage()
    // Glibc imports the constant as an enumeration and the parameter as a number.
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return (Double(usage.ru_maxrss) / 1024 * 10).rounded() / 10
  }
}

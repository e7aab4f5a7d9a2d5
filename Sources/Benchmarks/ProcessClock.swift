import Foundation

/// Clocks and memory of this process.
enum ProcessClock {
  /// Seconds of CPU time; unlike wall time, hardly disturbed by other processes.
  static func seconds() -> Double { seconds(of: CLOCK_PROCESS_CPUTIME_ID) }

  /// Seconds since an arbitrary moment.
  static func wallSeconds() -> Double { seconds(of: CLOCK_MONOTONIC) }

  /// The most memory that was ever resident, in MiB.
  static var peakMebibytes: Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_maxrss) / 1024
  }

  private static func seconds(of clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

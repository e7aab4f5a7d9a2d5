import Glibc

/// Seconds that never run backwards, for durations and deadlines.
public enum MonotonicClock {
  /// Seconds since an arbitrary moment.
  public static func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

/// Moments as text.
public enum Timestamp {
  /// The present moment in UTC, to the second: `2024-05-31T09:30:00Z`.
  public static func now() -> String { text(of: time(nil)) }

  /// A moment given in seconds since 1970.
  static func text(of moment: time_t) -> String {
    var moment = moment
    var parts = tm()
    gmtime_r(&moment, &parts)
    func padded(_ number: Int32, _ width: Int = 2) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return "\(padded(parts.tm_year + 1900, 4))-\(padded(parts.tm_mon + 1))-\(padded(parts.tm_mday))"
      + "T\(padded(parts.tm_hour)):\(padded(parts.tm_min)):\(padded(parts.tm_sec))Z"
  }
}

import Foundation

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

/// Durations as text.
public enum DurationText {
  /// Seconds in the two largest units: `42 s`, `3 min 10 s`, `2 h 05 min`, `3 d 4 h`.
  public static func of(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "?" }
    let whole = Int(seconds.rounded())
    switch whole {
    case 0 where seconds > 0: return "<1 s"
    case ..<60: return "\(whole) s"
    case ..<3600: return "\(whole / 60) min \(whole % 60) s"
    case ..<86400:
      let minutes = whole / 60 % 60
      return "\(whole / 3600) h \(minutes < 10 ? "0" : "")\(minutes) min"
    default: return "\(whole / 86400) d \(whole / 3600 % 24) h"
    }
  }
}

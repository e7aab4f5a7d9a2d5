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

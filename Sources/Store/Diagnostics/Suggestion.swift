/// "Did you mean …?" for misspelt keys, verbs, options and names.
public enum Suggestion {
  /// Texts longer than this are never compared, so that hostile input costs nothing.
  static let maximumLength = 128

  /// Finds the candidate that the typed text most probably stands for.
  ///
  /// Letter case and the difference between `_` and `-` do not count. The distance is
  /// Damerau–Levenshtein (insert, delete, replace, swap neighbours); at most 2, or a third of the
  /// typed length if that is more, is accepted, and something must remain of the text. Among
  /// equally near candidates the one that shares the longest beginning wins, then the one that
  /// comes first in the alphabet, so the order of `candidates` does not matter.
  ///
  /// - Complexity: O(candidates · length²).
  public static func nearest(to typed: String, among candidates: some Sequence<String>) -> String? {
    let wanted = normalised(typed)
    guard !wanted.isEmpty, wanted.count <= maximumLength else { return nil }
    let limit = max(2, wanted.count / 3)
    var best: (name: String, distance: Int, shared: Int)?
    for name in candidates {
      let candidate = normalised(name)
      guard candidate.count <= maximumLength, abs(candidate.count - wanted.count) <= limit
      else { continue }
      let distance = distance(wanted, candidate)
      guard distance <= limit, distance < max(wanted.count, candidate.count) else { continue }
      let shared = zip(wanted, candidate).prefix { $0 == $1 }.count
      if let best {
        if distance > best.distance { continue }
        if distance == best.distance, shared < best.shared { continue }
        if distance == best.distance, shared == best.shared, name >= best.name { continue }
      }
      best = (name, distance, shared)
    }
    return best?.name
  }

  /// A ready-made help line, `did you mean 'steps'?`, when there is a near candidate.
  public static func help(for typed: String, among candidates: some Sequence<String>) -> String? {
    nearest(to: typed, among: candidates).map { "did you mean \(Failure.quote($0))?" }
  }

  private static func normalised(_ text: String) -> [Character] {
    text.prefix(maximumLength + 1).lowercased().map { $0 == "_" ? "-" : $0 }
  }

  /// Damerau–Levenshtein distance (optimal string alignment).
  ///
  /// - Complexity: O(|a|·|b|) time, O(|b|) memory.
  static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var beforePrevious: [Int] = []
    var previous = Array(0...b.count)
    for i in 0..<a.count {
      var current = [i + 1]
      current.reserveCapacity(b.count + 1)
      for j in 0..<b.count {
        let replaced = previous[j] + (a[i] == b[j] ? 0 : 1)
        var cost = min(replaced, previous[j + 1] + 1, current[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          cost = min(cost, beforePrevious[j - 1] + 1)
        }
        current.append(cost)
      }
      beforePrevious = previous
      previous = current
    }
    return previous[b.count]
  }
}

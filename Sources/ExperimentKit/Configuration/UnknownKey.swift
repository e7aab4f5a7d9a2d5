import Store

/// The message about a key that does not exist.
enum UnknownKey {
  static func failure(
    _ key: String, in path: String, allowed: [String], location: SourceLocation?
  ) -> Failure {
    let place = path.isEmpty ? "" : " in \(Failure.quote(path))"
    return Failure(
      .manifestInvalid, "unknown key \(Failure.quote(key))\(place)", location: location,
      why: allowed.isEmpty
        ? "there are no keys here" : "allowed are \(allowed.sorted().joined(separator: ", "))",
      help: Suggestion.help(for: key, among: allowed))
  }
}

import Store

/// The message about a key that does not exist.
enum UnknownKey {
  static func failure(
    _ key: String, in path: String, allowed: [String], location: SourceLocation?
  ) -> Failure {
    // `{beta: 0,0001}` is two entries, the second one a key without a value.
    let isNumber = DecimalNumber.isDecimal(key)
    let place = path.isEmpty ? "" : " in \(Failure.quote(path))"
    return Failure(
      .manifestInvalid, "unknown key \(Failure.quote(key))\(place)", location: location,
      why: allowed.isEmpty
        ? "there are no keys here" : "allowed are \(allowed.sorted().joined(separator: ", "))",
      help: isNumber
        ? "a comma ends a value here: write decimals with a point, and thousands without a comma"
        : Suggestion.help(for: key, among: allowed))
  }
}

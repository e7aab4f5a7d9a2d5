extension Failure {
  /// The failure as JSON: `exit_code`, `what`, and `why`, `help`, `file`, `line` and `column` where
  /// they are known.
  public var json: JSONValue {
    var members: [String: JSONValue] = [
      "exit_code": .integer(Int(exitCode.rawValue)), "what": .string(what),
    ]
    members["why"] = why.map { .string($0) }
    members["help"] = help.map { .string($0) }
    if let location {
      members["file"] = .string(location.file)
      members["line"] = .integer(location.line)
      members["column"] = .integer(location.column)
    }
    return .object(members)
  }

  /// Reads what ``json`` gave; nil when there is no `what`.
  public init?(json: JSONValue) {
    guard let what = json["what"]?.stringValue else { return nil }
    let code = json["exit_code"]?.integerValue.flatMap { Int32(exactly: $0) }
    var location: SourceLocation?
    if let file = json["file"]?.stringValue, let line = json["line"]?.integerValue,
      let column = json["column"]?.integerValue
    {
      location = SourceLocation(file: file, line: line, column: column)
    }
    self.init(
      code.flatMap(ExitCode.init(rawValue:)) ?? .internalError, what, location: location,
      why: json["why"]?.stringValue, help: json["help"]?.stringValue)
  }
}

import Store

/// The rule that a list names nothing twice.
public enum DistinctRule {
  /// Refuses a list of settings that names a value twice.
  ///
  /// - Parameters:
  ///   - values: the elements of the list.
  ///   - key: the dotted path of the setting, such as `task.classes`.
  /// - Throws: ``Failure`` (manifest invalid) that names the first value that comes again.
  public static func check(_ values: [some Hashable & CustomStringConvertible], of key: String)
    throws
  {
    guard let value = firstRepeated(in: values) else { return }
    throw Failure(
      .manifestInvalid, "\(key) lists \(Failure.quote("\(value)")) twice",
      help: "leave one of them out")
  }

  /// The first value that has stood in a list before.
  static func firstRepeated<Value: Hashable>(in values: [Value]) -> Value? {
    var seen = Set<Value>()
    return values.first { !seen.insert($0).inserted }
  }
}

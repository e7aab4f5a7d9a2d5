/// Ends the program with a text when a condition does not hold, in every build.
///
/// `precondition` keeps its text only in debug builds; users run release builds, in which it would
/// end the program without a word. The text is made only when the condition does not hold.
///
/// - Parameters:
///   - condition: what the caller must have seen to.
///   - message: what is wrong, in words.
///   - file: the file of the failure.
///   - line: its line.
@inlinable
public func require(
  _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String,
  file: StaticString = #fileID, line: UInt = #line
) {
  guard condition() else { fatalError(message(), file: file, line: line) }
}

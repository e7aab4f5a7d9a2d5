import Store

extension MathematicsProblems {
  /// Content of the largest file that is read; the published ones have less than 100 MB.
  public static let maximumSize = 256 << 20

  /// Reads a published file of lines, a question and its answer in turn.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing`` when it is missing or not such a file.
  public static func read(_ path: String) throws -> MathematicsProblems {
    try parse(DataFile.read(path, maximumSize: maximumSize), file: path)
  }

  /// Reads the bytes of a file of lines, a question and its answer in turn.
  ///
  /// **Edge cases**: rejected are an empty file, a question without answer, empty lines, carriage
  /// returns and other bytes that are not printable ASCII, questions longer than 160 characters and
  /// answers longer than 30. The last line needs no line feed.
  ///
  /// - Parameters:
  ///   - bytes: The file, compressed by gzip or not.
  ///   - file: Name for messages.
  ///   - maximumSize: Bytes that the decompressed content may have.
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing``, line and column.
  public static func parse(
    _ bytes: [UInt8], file: String, maximumSize: Int = maximumSize
  ) throws -> MathematicsProblems {
    let content = try DataFile.content(of: bytes, file: file, maximumSize: maximumSize)
    var lines = DataLines(content, file: file, maximumLength: maximumQuestionLength)
    var problems = MathematicsProblems()
    problems.reserveCapacity(characters: content.count, problems: (lines.count + 1) / 2)
    while let question = try lines.next() {
      guard let answer = try lines.next() else {
        throw lines.failure(
          at: question.lowerBound, "question without answer",
          why: "questions and answers alternate, one per line")
      }
      guard answer.count <= maximumAnswerLength else {
        throw lines.failure(
          at: answer.lowerBound + maximumAnswerLength, "answer is too long",
          why: "\(answer.count) characters, at most \(maximumAnswerLength)",
          help: "questions and answers alternate, one per line; is one missing above?")
      }
      problems.append(question: content[question], answer: content[answer])
    }
    guard problems.count > 0 else {
      throw Failure.data(file, line: 1, "file is empty", why: "it holds no line")
    }
    return problems
  }
}

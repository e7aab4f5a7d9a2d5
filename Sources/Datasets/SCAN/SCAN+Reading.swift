import Store

extension SCAN {
  /// Content of the largest file that is read; the largest published one has 4 MB.
  public static let maximumSize = 16 << 20
  /// The longest line that is read; the longest published one has 546 bytes.
  static let maximumLineLength = 1024

  /// Reads a published file, compressed by gzip or not.
  ///
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing`` when it is missing or not such a file.
  public static func read(_ path: String) throws -> SequencePairs {
    try parse(DataFile.read(path, maximumSize: maximumSize), file: path)
  }

  /// Reads the bytes of a file of lines `IN: run twice OUT: I_RUN I_RUN`.
  ///
  /// **Edge cases**: rejected are an empty file, empty lines, carriage returns, unknown words and
  /// actions, commands and outputs without words, words not separated by exactly one space, and
  /// lines longer than 1,024 bytes. The last line needs no line feed.
  ///
  /// - Parameters:
  ///   - bytes: The file, compressed by gzip or not.
  ///   - file: Name for messages.
  ///   - maximumSize: Bytes that the decompressed content may have.
  /// - Throws: ``Failure`` with ``ExitCode/dataMissing``, line and column.
  public static func parse(
    _ bytes: [UInt8], file: String, maximumSize: Int = maximumSize
  ) throws -> SequencePairs {
    let content = try DataFile.content(of: bytes, file: file, maximumSize: maximumSize)
    var lines = DataLines(content, file: file, maximumLength: maximumLineLength)
    var (commands, actions) = (TokenSequences(), TokenSequences())
    commands.reserveCapacity(tokens: 0, sequences: lines.count)
    actions.reserveCapacity(tokens: 0, sequences: lines.count)
    while let line = try lines.next() {
      let start = content[line].starts(with: inputMark) ? line.lowerBound + inputMark.count : nil
      guard let start else {
        throw lines.failure(
          at: line.lowerBound, "line does not begin with 'IN: '",
          help: "a line is 'IN: run twice OUT: I_RUN I_RUN'")
      }
      guard let mark = content[start..<line.upperBound].firstRange(of: outputMark) else {
        throw lines.failure(
          at: line.upperBound, "line has no ' OUT: '",
          help: "a line is 'IN: run twice OUT: I_RUN I_RUN'")
      }
      commands.append(
        try numbers(content, start..<mark.lowerBound, inputVocabulary, "word", lines))
      actions.append(
        try numbers(
          content, mark.upperBound..<line.upperBound, outputVocabulary, "action", lines))
    }
    guard commands.count > 0 else {
      throw Failure.data(file, line: 1, "file is empty", why: "it holds no line")
    }
    return pairs(commands: commands, actions: actions)
  }

  private static let inputMark = Array("IN: ".utf8)
  private static let outputMark = Array(" OUT: ".utf8)

  /// The numbers of the words in a part of the file.
  private static func numbers(
    _ content: [UInt8], _ part: Range<Int>, _ vocabulary: Vocabulary, _ kind: String,
    _ lines: DataLines
  ) throws -> [UInt8] {
    var numbers: [UInt8] = []
    var start = part.lowerBound
    while true {
      let end =
        content[start..<part.upperBound].firstIndex(of: UInt8(ascii: " ")) ?? part.upperBound
      let word = String(decoding: content[start..<end], as: UTF8.self)
      guard let number = vocabulary.number(of: word) else {
        throw lines.failure(
          at: start, word.isEmpty ? "\(kind) is missing" : "unknown \(kind) \(Failure.quote(word))",
          why: "known are \(vocabulary.tokens.joined(separator: ", "))",
          help: Suggestion.nearest(to: word, among: vocabulary.tokens).map {
            "did you mean '\($0)'?"
          })
      }
      numbers.append(number)
      if end == part.upperBound { return numbers }
      start = end + 1
    }
  }
}

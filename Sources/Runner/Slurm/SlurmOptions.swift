import Store

/// Options for `sbatch` that a user gives with `--slurm partition=short,time=2:00:00`.
///
/// A piece between commas that is not `name=value` belongs to the value before it, as in
/// `exclude=node1,node2`; an option without a value therefore stands first or in a `--slurm` of its
/// own.
struct SlurmOptions: Sendable, Equatable {
  /// The arguments for `sbatch`.
  let arguments: [String]

  /// No options.
  static let none = SlurmOptions(arguments: [])

  private init(arguments: [String]) { self.arguments = arguments }

  /// Reads the texts of all `--slurm`.
  ///
  /// - Throws: ``Failure`` (usage) for what is no option or is decided by modlab.
  init(_ texts: [String]) throws {
    arguments = try texts.flatMap(Self.pieces).map(Self.argument)
  }

  /// Takes arguments that were checked when they were first given.
  init(checked arguments: [String]) { self.arguments = arguments }

  /// What is decided by modlab, since following the array depends on it.
  private static let reserved: Set<String> = [
    "array", "chdir", "error", "help", "input", "job-name", "open-mode", "output", "parsable",
    "quiet", "test-only", "usage", "version", "wait", "wrap",
  ]

  private static func pieces(_ text: String) -> [String] {
    var pieces: [String] = []
    for piece in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      if let last = pieces.last, last.contains("="), !startsOption(piece) {
        pieces[pieces.count - 1] = last + "," + piece
      } else {
        pieces.append(piece)
      }
    }
    return pieces
  }

  private static func startsOption(_ piece: String) -> Bool {
    guard let equals = piece.firstIndex(of: "=") else { return false }
    return isName(piece[..<equals])
  }

  private static func isName(_ text: Substring) -> Bool {
    guard let first = text.utf8.first, first >= 97, first <= 122 else { return false }
    return text.utf8.allSatisfy {
      ($0 >= 97 && $0 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == UInt8(ascii: "-")
    }
  }

  private static func argument(_ piece: String) throws -> String {
    let name = piece.prefix { $0 != "=" }
    guard isName(name) else {
      throw Failure(
        .usage, "\(Failure.quote(piece)) is not a value of --slurm",
        why: "options of sbatch are needed, without dashes",
        help: "for example --slurm partition=short,time=2:00:00,mem=2G")
    }
    guard !reserved.contains(String(name)) else {
      throw Failure(
        .usage, "--slurm cannot set '\(name)'", why: "modlab sets it itself",
        help: name == "array" ? "use --workers to limit how many tasks run at a time" : nil)
    }
    guard !piece.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else {
      throw Failure(.usage, "\(Failure.quote(piece)) is not a value of --slurm")
    }
    return "--\(piece)"
  }
}

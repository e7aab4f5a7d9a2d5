import Foundation
import Store

/// The version of this program.
public enum ModlabVersion {
  /// Semantic version, as in the changelog.
  public static let text = "0.2.0"
}

/// The sources that this program was built from, as they were when it was built.
public struct BuildRecord: Sendable, Equatable {
  /// The commit, 40 hexadecimal digits; nil when the sources were not under version control.
  public var commit: String?
  /// Whether the sources had changes that were not committed; nil when there is no commit.
  public var hasLocalChanges: Bool?

  /// Creates a record.
  public init(commit: String? = nil, hasLocalChanges: Bool? = nil) {
    self.commit = commit
    self.hasLocalChanges = hasLocalChanges
  }

  /// Whether this program was built for debugging.
  public static var isDebugBuild: Bool { Compiler.isDebug }

  /// The commit for people, with a remark when there were changes.
  public var text: String {
    guard let commit else { return "unknown" }
    return commit + (hasLocalChanges == true ? ", with local changes" : "")
  }
}

/// The SHA-256 of the file of this program.
public enum ProgramDigest {
  /// The digest of the running program, computed when it is first asked for: 64 hexadecimal digits,
  /// or nil when the file cannot be read.
  ///
  /// `/proc/self/exe` is the running file itself, even when another one has its name by now.
  public static let ofThisProgram: String? = try? SHA256.file(at: "/proc/self/exe")

  /// The variable by which workers learn the digest, so that only their parent has to compute it.
  static let variable = "MODLAB_PROGRAM_SHA256"
}

/// The compiler that built this program.
enum Compiler {
  /// The language version; the patch number is not visible to a program.
  static var version: String {
    #if compiler(>=6.4)
      "Swift 6.4 or later"
    #elseif compiler(>=6.3)
      "Swift 6.3"
    #elseif compiler(>=6.2)
      "Swift 6.2"
    #elseif compiler(>=6.1)
      "Swift 6.1"
    #else
      "Swift 6.0"
    #endif
  }

  /// Whether the program was built for debugging.
  static var isDebug: Bool {
    #if DEBUG
      true
    #else
      false
    #endif
  }
}

import Runner
import Store

/// `modlab version`: what this program is.
enum VersionVerb {
  static let verb = Verb("version", "show the version", action: perform)

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    try show(invocation.console)
    return .success
  }

  static func show(_ console: Console) throws {
    try console.result("modlab \(ModlabVersion.text)\n")
    try console.record("modlab-version-1", ["version": .string(ModlabVersion.text)])
  }
}

import Runner
import Store

/// `modlab verify`: reads all results of complete runs and compares them with their records.
enum VerifyVerb {
  static let verb = Verb(
    "verify", "read all results of complete runs and compare them with their recorded digests",
    discussion: """
      Other verbs read a file again only if its size, modification time or inode has changed. This
      one reads everything, superseded runs included, and so finds what a failing disk has changed.
      Damaged runs are listed, and 'modlab run' computes them again. The exit code is then 5.
      """,
    examples: [
      Example("modlab verify results", "find damaged results, for example after copying them")
    ],
    operand: ManifestOptions.folderOperand, action: perform)

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    let console = invocation.console
    var (checked, damaged, bytes) = (0, 0, 0)
    for folder in try ManifestOptions.studies(invocation.arguments) {
      let inspector = RunInspector(folder, rereads: true)
      for name in folder.existingRuns() {
        let run = folder.run(name)
        guard let status = try? RunStatus.read(run.statusFile), status.state == .complete else {
          continue
        }
        checked += 1
        let size = status.digests.keys.reduce(0) {
          $0 + (FileFingerprint(path: "\(run.path)/\($1)")?.size ?? 0)
        }
        bytes += size
        let inspection = inspector.inspect(run)
        var damage: String?
        if case .resumable(_, let why) = inspection.condition { damage = why ?? "it is damaged" }
        if damage != nil { damaged += 1 }
        try console.record(
          "modlab-verification-1",
          [
            "study": .string(folder.name), "run": .string(name.description),
            "bytes": .integer(size), "is_intact": .bool(damage == nil),
            "damage": damage.map { .string($0) } ?? .null,
          ])
        if let damage {
          console.report(
            Failure(
              .corrupt, "\(name): \(damage)", why: "its digest is not the recorded one",
              help: "'modlab run' with the study's manifest computes the run again"))
        }
      }
      // So that 'modlab run' knows of damage that has left size and time as they were.
      inspector.save()
    }
    try console.result(
      "\(checked) complete \(RunMessages.runs(checked)) read, \(ByteCount.text(bytes)): "
        + (damaged == 0 ? "all as recorded\n" : "\(damaged) damaged\n"))
    return damaged == 0 ? .success : .corrupt
  }
}

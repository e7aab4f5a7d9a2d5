import Runner
import Store

/// `modlab export`: weights and masks of a run as files for other programs.
enum ExportVerb {
  static let verb = Verb(
    "export", "copy weights and masks of a run to a folder",
    discussion: """
      Writes weights.safetensors and, when the run has learned masks, masks.safetensors; the Python
      package safetensors reads both. What is copied is checked against its recorded checksum.
      """,
    examples: [
      Example(
        "modlab export results/addmul-fnn/runs/main-*/seed-00 --to exported",
        "take weights and masks to PyTorch")
    ],
    operand: Operand(
      "RUN", .exactly(1), completion: .folders, RunReference.operandSummary),
    options: [
      Option(
        "to", .text(placeholder: "DIR", completion: .folders), isRequired: true,
        "folder to write to; made when there is none")
    ],
    action: perform)

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    let run = try RunReference(invocation.arguments.operands[0])
    let target = invocation.arguments.required("to")
    let names = ["weights.safetensors", "masks.safetensors"].filter {
      Folder.exists("\(run.folder.path)/\($0)")
    }
    guard !names.isEmpty else {
      throw Failure(
        .dataMissing, "\(run.folder.path) has no weights",
        why: "the run is \(run.status.state.rawValue)",
        help: run.status.state == .complete ? nil : "complete it with 'modlab run'")
    }
    try Folder.create(at: target)
    for name in names {
      let source = "\(run.folder.path)/\(name)"
      let bytes = try InputFile.bytes(at: source, maximumSize: .max, missing: .corrupt)
      if let expected = run.status.digests[name], SHA256.digest(of: bytes) != expected {
        throw Failure(
          .corrupt, "\(source) has changed since the run was completed",
          help: "'modlab run' writes it again")
      }
      try AtomicFile.write(bytes, to: "\(target)/\(name)")
      try invocation.console.result("\(target)/\(name)\n")
      try invocation.console.record(
        "modlab-export-1", ["file": .string("\(target)/\(name)"), "source": .string(source)])
    }
    return .success
  }
}

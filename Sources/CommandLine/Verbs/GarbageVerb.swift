import Runner
import Store

/// `modlab gc`: lists and removes what no result needs.
enum GarbageVerb {
  static let verb = Verb(
    "gc", "list files that no result needs; delete them with --yes",
    discussion: """
      These are half-written files of killed processes, locks of dead processes, checkpoints of
      complete runs, pre-trained networks in the cache that no configuration starts from, and files
      of Slurm arrays that have ended. Nothing is deleted without --yes. Runs are never deleted,
      with one exception: --superseded includes those that no manifest asks for any more.
      """,
    examples: [
      Example("modlab gc", "list what could be removed"),
      Example("modlab gc results --yes", "remove it"),
    ],
    operand: ManifestOptions.folderOperand,
    options: [
      .flag("yes", short: "y", "delete the listed files"),
      .flag("superseded", "include runs that no manifest asks for any more, complete or not"),
    ],
    action: perform)

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    let console = invocation.console
    let output = OutputFolder(invocation.arguments.operands[0])
    let isRemoving = invocation.arguments.flag("yes")
    let collector = try GarbageCollector(
      output, registry: invocation.registry, executors: invocation.executors,
      includesSuperseded: invocation.arguments.flag("superseded"))
    guard isRemoving else {
      let (garbage, remarks) = try collector.find()
      remarks.forEach(console.warning)
      try show(garbage, removed: [], isRemoving: false, console)
      return .success
    }
    // A run that begins meanwhile could need what was found.
    let locks = try collector.lock()
    defer { locks.release() }
    let (garbage, remarks) = try collector.find()
    remarks.forEach(console.warning)
    let removed = Set(garbage.indices.filter { collector.remove(garbage[$0]) })
    if invocation.arguments.flag("superseded") { try collector.forgetSuperseded() }
    try show(garbage, removed: removed, isRemoving: true, console)
    for index in garbage.indices where !removed.contains(index) {
      console.warning("\(garbage[index].path) could not be removed, or is now in use")
    }
    return removed.count == garbage.count ? .success : .inputOutput
  }

  private static func show(
    _ garbage: [Garbage], removed: Set<Int>, isRemoving: Bool, _ console: Console
  ) throws {
    var table = TextTable([("what", .left), ("size", .right), ("path", .left), ("", .left)])
    for (index, item) in garbage.enumerated() {
      try console.record(
        "modlab-garbage-1",
        [
          "kind": .string(item.kind.word), "path": .string(item.path),
          "bytes": .integer(item.bytes), "remark": .string(item.remark),
          "removed": .bool(removed.contains(index)),
        ])
      table.add([
        item.kind.word, ByteCount.text(item.bytes), Failure.printable(item.path, limit: 4096),
        item.remark,
      ])
    }
    guard !garbage.isEmpty else { return try console.result("nothing to remove\n") }
    let shown = isRemoving ? removed.map { garbage[$0] } : garbage
    let bytes = shown.reduce(0) { $0 + $1.bytes }
    let items = "\(shown.count) \(shown.count == 1 ? "item" : "items"), \(ByteCount.text(bytes))"
    try console.result(
      table.rendered() + "\n"
        + (isRemoving
          ? "removed \(items)\n" : "\(items); the same command with --yes removes them\n"))
  }
}

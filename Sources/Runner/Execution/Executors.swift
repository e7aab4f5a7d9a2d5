import Store

/// The executors of a program.
public struct Executors: Sendable {
  /// Everything that can compute runs; the first does when nothing else is said.
  public static let all = Executors([LocalExecutor(), SlurmExecutor()])

  /// The executors, the standard one first.
  public let list: [any Executor]

  /// Creates a registry.
  ///
  /// - Precondition: names are unique, and the first is no batch system.
  public init(_ list: [any Executor]) {
    precondition(
      Set(list.map(\.name)).count == list.count && !list.isEmpty && !(list[0] is any BatchSystem),
      "not a list of executors: \(list.map(\.name))")
    self.list = list
  }

  /// The batch systems among them.
  public var batchSystems: [any BatchSystem] { list.compactMap { $0 as? any BatchSystem } }

  // MARK: - Before a command writes anything

  /// Refuses what an executor cannot do.
  ///
  /// - Throws: ``Failure`` (usage).
  public func check(_ request: ExecutionRequest) throws {
    for executor in list {
      try executor.check(request)
      let given = executor.options.first { request.options[$0.name] != nil }
      if let given, executor.name != request.executor {
        throw Failure(
          .usage, "--\(given.name) needs --executor \(executor.name)",
          help: "give both, or leave --\(given.name) out")
      }
    }
    for system in batchSystems where system.name == request.executor && request.shard != nil {
      throw Failure(
        .usage, "--shard and --executor \(system.name) exclude each other",
        why: "\(system.words.aJob) has a task for every run already", help: "leave --shard out")
    }
  }

  // MARK: - Work of earlier commands

  /// What batch systems have been given of some studies; nothing is written.
  ///
  /// Only those are asked that have something on record; one that does not answer says why.
  public func work(_ studies: [StudyFolder], output: OutputFolder) -> [BatchWork] {
    batchSystems.compactMap { system in
      let folders = studies.filter { Folder.exists(system.recordFile($0)) }
      guard !folders.isEmpty else { return nil }
      do {
        return BatchWork(try system.survey(folders, output: output, patience: 0), of: system)
      } catch {
        return BatchWork(
          of: system, silence: error as? Failure ?? Failure(.internalError, "\(error)"))
      }
    }
  }

  /// Finds out which executor computes the runs of a command, and puts on record how the tasks of
  /// earlier commands have ended.
  ///
  /// It is the one that was asked for; when none was, the batch system that still has runs of the
  /// same studies, else the standard one.
  ///
  /// - Returns: the executor, and the request with what it has been given already.
  /// - Throws: ``Failure``: locked when another executor has runs of these studies; otherwise what
  ///   keeps the executor from answering.
  func choose(_ request: ExecutionRequest) throws -> (any Executor, ExecutionRequest) {
    var request = request
    var chosen = list.first { $0.name == request.executor }
    request.work = nil
    for system in batchSystems {
      let work = try settle(system, request)
      let isWanted = request.executor == system.name
      if !work.live.isEmpty {
        let isFree = chosen == nil && request.shard == nil
        guard isWanted || isFree else { throw Self.isBusy(system.words, system.name, work) }
        chosen = system
      }
      if chosen?.name == system.name { request.work = work }
    }
    return (chosen ?? list[0], request)
  }

  private func settle(_ system: any BatchSystem, _ request: ExecutionRequest) throws -> BatchWork {
    do {
      return try system.settle(request.studies, output: request.output)
    } catch let failure as Failure
      where request.executor != system.name && [.usage, .inputOutput].contains(failure.exitCode)
    {
      let words = system.words
      throw Failure(
        .locked,
        "\(words.aJob) of an earlier command may still be alive, and \(words.title) cannot be "
          + "asked",
        why: failure.why ?? failure.what,
        help: "use a machine of the cluster; when \(words.queueCommand) shows no such "
          + "\(words.job), remove "
          + request.studies.map(system.recordFile).joined(separator: ", "))
    }
  }

  private static func isBusy(_ words: BatchWords, _ name: String, _ work: BatchWork) -> Failure {
    Failure(
      .locked, "\(words.title) computes runs of this folder",
      why: "alive: \(words.job) \(work.liveJobs.joined(separator: ", "))",
      help: "attach to it with --executor \(name), or end it with '\(words.cancelCommand) "
        + "\(work.liveJobs.joined(separator: " "))'")
  }
}

import Foundation
import Store

/// Computes runs as tasks of array jobs of Slurm.
struct SlurmExecutor: BatchSystem {
  let name = "slurm"
  let words = BatchWords(
    title: "Slurm", job: "array", queueCommand: "squeue", cancelCommand: "scancel")
  let options = [
    ExecutorOption(
      Self.option, placeholder: "OPTION=VALUE,…",
      words: ["account=", "mem=", "partition=", "qos=", "time="],
      "options for sbatch: partition=short,time=2:00:00,mem=2G")
  ]
  private static let option = "slurm"
  private let environment: [String: String]
  private let client: SlurmClient

  /// Creates the executor; the commands are those on the `PATH` of an environment.
  init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    self.environment = environment
    client = SlurmClient(environment: environment)
  }

  func check(_ request: ExecutionRequest) throws {
    _ = try Self.options(request)
  }

  /// The options for `sbatch`, nil when there are none.
  private static func options(_ request: ExecutionRequest) throws -> SlurmOptions? {
    try request.options[option].map { try SlurmOptions($0) }
  }

  // MARK: - What is on record

  func recordFile(_ study: StudyFolder) -> String { study.slurmFile }

  func survey(
    _ studies: [StudyFolder], output: OutputFolder, patience: Double
  ) throws -> [BatchTask] {
    try SlurmSurvey(studies, output: output, client: client, patience: patience).tasks
  }

  func states(of tasks: [BatchTask]) throws -> [RunName: BatchTask.State] {
    guard let first = tasks.first else { return [:] }
    let states = try client.tasks(ofJob: first.job, named: first.jobName)
    return Dictionary(
      uniqueKeysWithValues: tasks.compactMap { task in
        states[task.index].map { (task.run, $0.state) }
      })
  }

  func forget(
    allBut tasks: [BatchTask], of studies: [StudyFolder], output: OutputFolder
  ) throws {
    // Numbers that were found by the names of arrays are put on record on this occasion.
    let jobs = Dictionary(tasks.map { ($0.jobName, $0.job) }) { $1 }
    var over: Set<String> = []
    for study in studies {
      var record = try SlurmRecord.read(study)
      guard !record.submissions.isEmpty else { continue }
      over.formUnion(record.submissions.map(\.name).filter { jobs[$0] == nil })
      record.submissions.removeAll { jobs[$0.name] == nil }
      for index in record.submissions.indices {
        record.submissions[index].job = jobs[record.submissions[index].name]
      }
      try record.write(study)
    }
    for name in over.sorted() { SlurmFolder(output, name).removeIfAllIsWell() }
  }

  // MARK: - Submitting and cancelling

  func submit(
    _ runs: [PlannedRun], _ request: ExecutionRequest, reporter: any ProgressReporter
  ) throws -> [BatchTask] {
    let submitter = SlurmSubmitter(
      output: request.output, client: client,
      options: try Self.options(request)
        ?? inheritedOptions(request.work, request.studies), limit: request.workerLimit,
      dataFolder: request.dataFolder, heartbeat: request.heartbeat, environment: environment)
    var jobs: Set<String> = []
    try submitter.submit(runs) { job, count, messages in
      jobs.insert(job)
      reporter.report(.submitted(job: job, of: words, runs: count), SweepSnapshot())
      messages.forEach { reporter.message("sbatch: \($0)") }
    }
    // Slurm need not be asked.
    return try request.studies.flatMap { study in
      try SlurmRecord.read(study).submissions.flatMap { submission -> [BatchTask] in
        guard let job = submission.job, jobs.contains(job) else { return [] }
        return submission.tasks(job: job, study: study, output: request.output) { _ in
          SlurmTaskState("PENDING").state
        }
      }
    }
  }

  /// The options with which the last array that is still alive was submitted.
  func inheritedOptions(_ work: BatchWork?, _ studies: [StudyFolder]) throws -> SlurmOptions {
    let live = Set((work?.live ?? [:]).values.map(\.jobName))
    let latest = try studies.flatMap { try SlurmRecord.read($0).submissions }
      .filter { live.contains($0.name) }.max { $0.submitted < $1.submitted }
    return latest.map { SlurmOptions(checked: $0.arguments) } ?? .none
  }

  func cancel(_ tasks: [BatchTask], output: OutputFolder) throws {
    for (study, tasks) in Dictionary(grouping: tasks, by: \.run.study) {
      let folder = output.study(study)
      var record = try SlurmRecord.read(folder)
      for task in tasks { record.markCancelled(task.run, in: task.jobName) }
      try record.write(folder)
    }
    try client.cancel(tasks.map(\.label))
  }

  // MARK: - Cleaning

  func recordedRuns(_ study: StudyFolder) throws -> [RunName] {
    try SlurmRecord.read(study).submissions.flatMap(\.tasks).map(\.run)
  }

  func leftovers(_ studies: [StudyFolder], output: OutputFolder) throws -> [String] {
    let known = Set(try studies.flatMap { try SlurmRecord.read($0).submissions.map(\.name) })
    let names = (try? Folder.contents(at: output.slurm)) ?? []
    return names.filter { $0.hasPrefix("modlab-") && !known.contains($0) }.map(output.slurm)
  }

  // MARK: - Tasks

  let taskVerb: TaskVerb? = TaskVerb(
    name: "slurm-task", summary: "compute one run of an array for 'modlab run --executor slurm'",
    operand: "LIST", operandSummary: "the list of tasks"
  ) { list, environment, write in
    try SlurmTask.run(listPath: list, environment: environment, write: write)
  }
}

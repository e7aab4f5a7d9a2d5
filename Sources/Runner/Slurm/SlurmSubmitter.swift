import Foundation
import Store
import Tensors

/// Hands the runs of a plan to Slurm as an array: one task for each run.
struct SlurmSubmitter {
  private let output: OutputFolder
  private let client: SlurmClient
  private let options: SlurmOptions
  /// How many tasks may run at a time; nil leaves that to Slurm.
  private let limit: Int?
  private let dataFolder: String
  private let heartbeat: Double
  private let environment: [String: String]

  /// Prepares submissions.
  init(
    output: OutputFolder, client: SlurmClient, options: SlurmOptions, limit: Int?,
    dataFolder: String, heartbeat: Double, environment: [String: String]
  ) {
    // Tasks start in other folders.
    self.output = OutputFolder(Self.absolute(output.root))
    self.client = client
    self.options = options
    self.limit = limit
    self.dataFolder = dataFolder
    self.heartbeat = heartbeat
    self.environment = environment
  }

  /// Submits runs: as one array, or as several when they are more than an array can have.
  ///
  /// Every array is on record before Slurm hears of it, so that it is found again whenever this
  /// process dies.
  ///
  /// - Parameter report: gets the number of each array, its size and what `sbatch` had to say.
  /// - Throws: ``Failure`` when Slurm refuses or cannot be reached; arrays that were submitted
  ///   before go on.
  func submit(
    _ runs: [PlannedRun], report: (_ job: String, _ count: Int, _ messages: [String]) -> Void
  ) throws {
    guard !runs.isEmpty else { return }
    let maximum = try client.maximumArraySize()
    guard maximum > 0 else {
      throw Failure(
        .usage, "Slurm refuses the job", why: "this cluster allows no arrays (MaxArraySize=0)",
        help: "use --shard with a job for each shard")
    }
    for start in stride(from: 0, to: runs.count, by: maximum) {
      let part = Array(runs[start..<min(start + maximum, runs.count)])
      let (job, messages) = try submitArray(part)
      report(job, part.count, messages)
    }
  }

  private func submitArray(_ runs: [PlannedRun]) throws -> (job: String, messages: [String]) {
    let experiments = Set(runs.map(\.name.study)).sorted()
    let token = String(UInt32.random(in: 0x1000_0000...UInt32.max), radix: 16)
    let name = "modlab-\(experiments.count == 1 ? experiments[0] : "sweep")-\(token)"
    let folder = SlurmFolder(output, name)
    try writeFiles(runs, folder)
    try update(experiments) { record, experiment in
      record.submissions.append(
        SlurmRecord.Submission(
          name: name, job: nil, submitted: Timestamp.now(), arguments: options.arguments,
          tasks: tasks(runs, of: experiment)))
    }
    do {
      let result = try submitJob(name, folder, count: runs.count)
      try update(experiments) { record, _ in
        for index in record.submissions.indices where record.submissions[index].name == name {
          record.submissions[index].job = result.job
        }
      }
      return result
    } catch let failure as Failure where failure.exitCode == .usage {
      // Slurm has said no: nothing is left of the attempt.
      try update(experiments) { record, _ in record.submissions.removeAll { $0.name == name } }
      folder.remove()
      throw failure
    }
  }

  private func submitJob(
    _ name: String, _ folder: SlurmFolder, count: Int
  ) throws -> (job: String, messages: [String]) {
    let throttle = limit.map { $0 < count ? "%\($0)" : "" } ?? ""
    let arguments =
      ["--ntasks=1", "--cpus-per-task=1"] + options.arguments + [
        "--array=0-\(count - 1)\(throttle)", "--job-name=\(name)",
        "--output=\(folder.outputPattern)", "--open-mode=append", folder.scriptFile,
      ]
    do {
      return try client.submit(arguments)
    } catch let failure as Failure where failure.exitCode == .inputOutput {
      // Slurm may have taken the job although its answer did not arrive.
      guard let job = try? client.job(named: name) else { throw failure }
      return (job, [failure.why].compactMap(\.self))
    }
  }

  private func writeFiles(_ runs: [PlannedRun], _ folder: SlurmFolder) throws {
    try Folder.create(at: folder.path)
    let list = SlurmTaskList(
      runs, output: output.root, dataFolder: Self.absolute(dataFolder),
      heartbeat: heartbeat, program: try .ofThisProgram())
    try AtomicFile.write(list.json.serialized(pretty: true), to: folder.listFile)
    try AtomicFile.write(
      script(program: list.program.path, listFile: folder.listFile),
      to: folder.scriptFile)
  }

  /// Choices of the user that results may depend on go with the task, whatever Slurm's `--export`
  /// does; the rest is fixed by the task on its own machine, as for any worker.
  private func script(program: String, listFile: String) -> String {
    let names = environment.keys.filter {
      $0.hasPrefix("MODLAB_") || $0 == BLAS.coreVariable
    }
    let exports = names.sorted().map { "export \($0)=\(Self.quoted(environment[$0] ?? ""))\n" }
    return """
      #!/bin/sh
      # Written by modlab: a task of the array computes one of the runs listed in tasks.json.
      export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
      \(exports.joined())exec \(Self.quoted(program)) slurm-task \(Self.quoted(listFile))

      """
  }

  private func tasks(_ runs: [PlannedRun], of experiment: String) -> [SlurmRecord.Task] {
    runs.enumerated().filter { $0.element.name.study == experiment }.map { index, run in
      let folder = output.study(experiment).run(run.name)
      let status = try? RunStatus.read(folder.statusFile)
      return SlurmRecord.Task(
        index: index, run: run.name, attempts: status?.attempts ?? 0,
        seconds: status?.seconds ?? 0)
    }
  }

  private func update(
    _ experiments: [String], _ change: (inout SlurmRecord, String) -> Void
  ) throws {
    for experiment in experiments {
      let folder = output.study(experiment)
      var record = try SlurmRecord.read(folder)
      change(&record, experiment)
      try record.write(folder)
    }
  }

  private static func absolute(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.path
  }

  /// A word that the shell takes as it is.
  private static func quoted(_ text: String) -> String {
    "'" + text.replacing("'", with: "'\\''") + "'"
  }
}

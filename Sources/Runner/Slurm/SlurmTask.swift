import ExperimentKit
import Foundation
import Store

/// One task of an array: what `modlab slurm-task` does on the machine that Slurm has chosen.
///
/// It computes its run as a local sweep of one run: with a worker process of its own, under the same
/// locks, with the same files, so that a crash of the worker is on record with its reason.
enum SlurmTask {
  /// Computes the run that the environment names.
  ///
  /// - Parameters:
  ///   - listPath: the `tasks.json` of the submission.
  ///   - write: takes lines for the output file of the task.
  /// - Returns: success when the run is complete.
  /// - Throws: ``Failure`` when the task cannot begin.
  static func run(
    listPath: String, environment: [String: String], write: @escaping (String) -> Void
  ) throws -> ExitCode {
    try run(
      listPath: listPath, environment: environment,
      command: .thisProgram(environment: environment), program: .ofThisProgram(), write: write)
  }

  static func run(
    listPath: String, environment: [String: String], command: WorkerCommand,
    program: ProgramStamp, write: @escaping (String) -> Void
  ) throws -> ExitCode {
    let list = try SlurmTaskList.read(listPath)
    guard let text = environment["SLURM_ARRAY_TASK_ID"], let index = Int(text),
      list.tasks.indices.contains(index)
    else {
      throw Failure(
        .usage, "the verb 'slurm-task' is for modlab's own use",
        why: "SLURM_ARRAY_TASK_ID must name one of the \(list.tasks.count) tasks of \(listPath)",
        help: "use 'modlab run' with --executor slurm")
    }
    guard program == list.program else {
      throw Failure(
        .runFailed, "the program has changed since the array was submitted",
        why: "all runs of an array are computed by one program: \(list.program.path)",
        help: "submit the remaining runs again: 'modlab run' with --retry failed")
    }
    let task = list.tasks[index]
    let run = list.name(task)
    let output = OutputFolder(list.output)
    let folder = output.study(run.study).run(run)
    let inspection = RunInspection.of(folder)
    if inspection.condition == .done {
      write("\(Timestamp.now()) \(run) is complete already\n")
      return .success
    }
    let reporter = LineReporter(
      heartbeat: list.heartbeat, logFile: { output.study($0.study).run($0).logFile },
      write: write)
    // Set by Slurm when the task was given more than one with --cpus-per-task.
    let cores = max(1, environment["SLURM_CPUS_PER_TASK"].flatMap(Int.init) ?? 1)
    let plan = Plan(
      manifests: [], runs: [list.plannedRun(task, attempts: inspection.status?.attempts ?? 0)],
      workers: cores)
    let result = Scheduler(
      plan, output: output,
      options: SchedulerOptions(
        workers: cores, command: command, dataFolder: list.dataFolder, patience: patience),
      reporter: reporter
    ).run()
    switch result.signal {
    case SIGINT?: return .interrupted
    case .some: return .terminated
    case nil:
      return result.outcomes.values.allSatisfy { $0.state == .complete } ? .success : .runFailed
    }
  }

  /// Seconds that a worker has to save its state; Slurm waits half a minute (`KillWait`).
  private static let patience = 20.0
}

extension SlurmTaskList {
  /// A task as a run of a plan.
  ///
  /// - Parameter attempts: how often the run has been started by now. A task that Slurm has put back
  ///   must not forget what it has computed itself.
  fileprivate func plannedRun(_ task: Task, attempts: Int) -> PlannedRun {
    PlannedRun(
      name: name(task), assignment: assignments[task.configuration], reason: .new, remark: nil,
      isExecuted: true,
      startsAnew: task.startsAnew && attempts <= task.attempts, attempts: attempts, estimate: nil)
  }
}

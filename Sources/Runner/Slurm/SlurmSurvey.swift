import Foundation
import Store

/// The tasks of the arrays that are on record for some studies, with what Slurm's queue says.
struct SlurmSurvey {
  /// The tasks by submission, oldest first; a run may have several.
  private(set) var tasks: [BatchTask] = []

  /// Looks at the records of some studies and asks Slurm about them.
  ///
  /// A submission that never reached Slurm is left out.
  ///
  /// - Parameters:
  ///   - client: Asked only when there is something to ask about.
  ///   - patience: Seconds that a submission whose sender was killed has to appear in the queue.
  /// - Throws: ``Failure`` when a record is damaged or Slurm cannot be reached.
  init(
    _ studies: [StudyFolder], output: OutputFolder, client: SlurmClient, patience: Double
  ) throws {
    // Studies may share an array.
    var jobs: [String: String?] = [:]
    var states: [String: [Int: SlurmTaskState]] = [:]
    for study in studies {
      for submission in try SlurmRecord.read(study).submissions {
        let job = try jobs[submission.name] ?? Self.job(submission, client, patience: patience)
        jobs[submission.name] = .some(job)
        guard let job else { continue }
        if states[job] == nil {
          states[job] = try client.tasks(ofJob: job, named: submission.name)
        }
        tasks += submission.tasks(job: job, study: study, output: output) {
          states[job]?[$0]?.state
        }
      }
    }
  }

  private static func job(
    _ submission: SlurmRecord.Submission, _ client: SlurmClient, patience: Double
  ) throws -> String? {
    if let job = submission.job { return job }
    // Whoever submitted was stopped in the midst of it; its sbatch may still be at work.
    let deadline = MonotonicClock.seconds() + patience
    while true {
      if let job = try client.job(named: submission.name) { return job }
      guard MonotonicClock.seconds() < deadline else { return nil }
      usleep(200_000)
    }
  }
}

extension SlurmRecord.Submission {
  /// The tasks as the runner knows them.
  ///
  /// - Parameter state: gives the state of a task by its index.
  func tasks(
    job: String, study: StudyFolder, output: OutputFolder,
    state: (Int) -> BatchTask.State?
  ) -> [BatchTask] {
    let files = SlurmFolder(output, name)
    return tasks.map { task in
      BatchTask(
        run: task.run, folder: study.run(task.run), job: job, jobName: name, index: task.index,
        label: "\(job)_\(task.index)", attempts: task.attempts, seconds: task.seconds,
        outputFile: files.outputFile(task.index), isCancelled: task.isCancelled,
        state: state(task.index))
    }
  }
}

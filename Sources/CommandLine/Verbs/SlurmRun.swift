import Runner
import Store

/// The part of `modlab run` that hands runs to Slurm and follows them.
struct SlurmRun {
  private let job: RunJob
  private let folders: [StudyFolder]
  private let client: SlurmClient
  private let survey: SlurmSurvey

  /// Finds out whether runs go to Slurm, and puts on record how earlier arrays have ended.
  ///
  /// They do when the user says so, and when the user says nothing while an array that was submitted
  /// from the same folder is alive.
  ///
  /// - Returns: nil when the runs are to be computed here.
  /// - Throws: ``Failure``: locked when they cannot be computed here since an array is alive;
  ///   otherwise what keeps Slurm from answering.
  init?(_ job: RunJob, _ folders: [StudyFolder]) throws {
    self.job = job
    self.folders = folders
    client = SlurmClient(environment: job.environment)
    let wantsSlurm = job.executor == "slurm"
    do {
      var survey = try SlurmSurvey(
        folders, output: job.request.output, client: client, patience: 5)
      try survey.settle()
      self.survey = survey
    } catch let failure as Failure
      where !wantsSlurm && [.usage, .inputOutput].contains(failure.exitCode)
    {
      throw Failure(
        .locked, "an array of an earlier command may still be alive, and Slurm cannot be asked",
        why: failure.why ?? failure.what,
        help: "use a machine of the cluster; when squeue shows no such array, remove "
          + folders.map(\.slurmFile).joined(separator: ", "))
    }
    let isAlive = !survey.live.isEmpty
    if isAlive, job.executor == "local" || job.request.shard != nil {
      throw Failure(
        .locked, "Slurm computes runs of this folder",
        why: "alive: array \(survey.liveJobs.joined(separator: ", "))",
        help: "attach to it with --executor slurm, or end it with 'scancel "
          + "\(survey.liveJobs.joined(separator: " "))'")
    }
    if !wantsSlurm, !isAlive { return nil }
  }

  /// Submits what no array computes, and follows until everything has ended.
  func perform(_ plan: Plan) throws -> Scheduler.Result {
    let reporter = job.reporter()
    var survey = survey
    let live = survey.live
    let missing = plan.executedRuns.filter { live[$0.name] == nil }
    job.console.message(header(plan, live, missing))
    let submitter = SlurmSubmitter(
      output: job.request.output, client: client,
      options: job.slurmOptions ?? survey.inheritedOptions, limit: job.workers,
      dataFolder: job.dataFolder, heartbeat: job.heartbeat, environment: job.environment)
    var jobs: [String] = []
    try submitter.submit(missing) { number, count, messages in
      jobs.append(number)
      reporter.report(.submitted(job: number, runs: count), SweepSnapshot())
      messages.forEach { reporter.message("sbatch: \($0)") }
    }
    try survey.add(submitted: jobs, folders)
    let result = SlurmFollower(
      plan, survey, client: client, output: job.request.output,
      options: SlurmFollowerOptions(isFailFast: job.isFailFast), reporter: reporter
    ).run()
    forgetWhatIsOver()
    return result
  }

  /// What cannot be settled now, since tasks are just leaving or Slurm is silent, is settled by the
  /// next command.
  private func forgetWhatIsOver() {
    guard var survey = try? SlurmSurvey(folders, output: job.request.output, client: client)
    else { return }
    try? survey.settle()
  }

  private func header(
    _ plan: Plan, _ live: [RunName: SlurmSurvey.Entry], _ missing: [PlannedRun]
  ) -> String {
    let names = Set(plan.runs.map(\.name))
    let followed = live.keys.count { names.contains($0) }
    var parts = ["\(missing.count) \(RunMessages.runs(missing.count)) to submit"]
    if followed > 0 {
      parts.append("\(followed) with array \(survey.liveJobs.joined(separator: ", ")) already")
    }
    parts.append("\(plan.runs.count { $0.reason == .done }) done")
    let others = live.count - followed
    if others > 0 {
      parts.append("\(others) that this command does not ask for continue without being monitored")
    }
    return "Slurm: " + parts.joined(separator: ", ")
  }
}

extension Plan {
  /// The plan with a remark on every run that Slurm has already.
  public func noting(_ survey: SlurmSurvey) -> Plan {
    let live = survey.live
    let runs = runs.map { run -> PlannedRun in
      guard let entry = live[run.name], let state = entry.state else { return run }
      let word = state.stand == .pending ? "pending" : "running"
      return run.remarking("\(word) as Slurm task \(entry.label)")
    }
    return Plan(manifests: manifests, runs: runs, workers: workers)
  }
}

extension PlannedRun {
  fileprivate func remarking(_ remark: String) -> PlannedRun {
    PlannedRun(
      name: name, assignment: assignment, reason: reason, remark: remark, isExecuted: isExecuted,
      startsAnew: startsAnew, attempts: attempts, estimate: estimate)
  }
}

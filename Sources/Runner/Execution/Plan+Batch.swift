extension Plan {
  /// The plan with a remark on every run that a batch system has already.
  public func noting(_ work: [BatchWork]) -> Plan {
    var remarks: [RunName: String] = [:]
    for work in work {
      for (name, task) in work.live {
        let word = task.state?.stand == .pending ? "pending" : "running"
        remarks[name] = "\(word) as \(work.words.title) task \(task.label)"
      }
    }
    let runs = runs.map { run in remarks[run.name].map(run.remarking) ?? run }
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

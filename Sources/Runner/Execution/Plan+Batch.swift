extension Plan {
  /// The plan with a remark on every run that a batch system has already.
  public func noting(_ work: [BatchWork]) -> Plan {
    var plan = self
    for work in work {
      for index in runs.indices {
        guard let task = work.live[runs[index].name] else { continue }
        let word = task.state?.stand == .pending ? "pending" : "running"
        plan.runs[index].remark = "\(word) as \(work.words.title) task \(task.label)"
      }
    }
    return plan
  }
}

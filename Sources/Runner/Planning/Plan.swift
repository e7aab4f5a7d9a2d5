import ExperimentKit
import Store
import Tensors

/// Every run that a request names, with the reason why it is or is not going to be computed.
///
/// Making a plan writes nothing.
public struct Plan: Sendable {
  /// The expanded manifests.
  public let manifests: [PlannedManifest]
  /// All runs: by manifest, variant and seed, stale ones at the end of each experiment.
  public let runs: [PlannedRun]
  /// Number of workers that the estimate assumes.
  public let workers: Int

  /// The runs that are going to be computed.
  public var executedRuns: [PlannedRun] { runs.filter(\.isExecuted) }

  /// Seconds until all runs are done with the planned workers; nil when some are unknown.
  public var secondsLeft: Double? {
    let estimates = executedRuns.map(\.estimate)
    guard !estimates.contains(nil) else { return nil }
    let seconds = estimates.compactMap { $0?.seconds }
    let inParallel = Double(max(1, min(workers, seconds.count)))
    return max(seconds.reduce(0, +) / inParallel, seconds.max() ?? 0)
  }

  /// Expands the manifests of a request and looks at what is already there.
  ///
  /// - Throws: ``Failure`` when a manifest, profile or override is wrong.
  public static func make(_ request: PlanRequest) throws -> Plan {
    try make(request, manifests: request.expanded())
  }

  /// Looks at what is already there of expanded manifests.
  public static func make(_ request: PlanRequest, manifests: [PlannedManifest]) throws -> Plan {
    var builder = PlanBuilder(request)
    for manifest in manifests { try builder.add(manifest) }
    return Plan(manifests: manifests, runs: try builder.finish(), workers: request.workers)
  }
}

/// Looks at the runs of a plan one by one.
private struct PlanBuilder {
  private let request: PlanRequest
  private var runs: [PlannedRun] = []
  private var seen: Set<RunName> = []
  private var estimators: [String: TimeEstimator] = [:]

  init(_ request: PlanRequest) { self.request = request }

  mutating func add(_ planned: PlannedManifest) throws {
    let study = planned.manifest.kind.name
    let folder = request.output.study(study)
    let operations = planned.variants.map { variant in
      let steps = variant.prepared.steps
      let all = steps.reduce(0) { $0 + Double($1.count) * $1.operations }
      return all / Double(max(1, variant.prepared.totalSteps))
    }
    let names = planned.variants.map { variant in
      planned.seeds.map { seed in
        RunName(
          study: study, variant: variant.variant, hash: variant.hash10, seed: seed)
      }
    }
    // All runs are looked at before the first estimate, so that it can rest on all of them.
    let inspections = names.map { $0.map { RunInspection.of(folder.run($0)) } }
    var estimator =
      estimators[study] ?? TimeEstimator(operationsPerSecond: { Self.roughSpeed })
    for (index, variant) in planned.variants.enumerated() {
      for inspection in inspections[index] {
        guard let status = inspection.status else { continue }
        if inspection.condition == .done {
          estimator.learn(
            hash: variant.hash10, status: status, operationsPerStep: operations[index])
        } else {
          estimator.learn(unfinished: variant.hash10, status: status)
        }
      }
    }
    estimators[study] = estimator
    for (index, variant) in planned.variants.enumerated() {
      for (name, inspection) in zip(names[index], inspections[index])
      where seen.insert(name).inserted && request.shard?.contains(name) ?? true {
        runs.append(
          plan(name, variant, inspection, estimator, operationsPerStep: operations[index]))
      }
    }
  }

  /// Adds the stale runs of all experiments.
  func finish() throws -> [PlannedRun] {
    var result: [PlannedRun] = []
    for study in estimators.keys.sorted() {
      result += runs.filter { $0.name.study == study }
      let folder = request.output.study(study)
      guard let record = try StudyRecord.read(folder) else { continue }
      let current = Set(record.runs).union(seen)
      let replaced = replacedConfigurations(of: study, record)
      for name in folder.existingRuns()
      where !seen.contains(name)
        && (!current.contains(name) || replaced.contains(name.configurationName))
      {
        result.append(
          PlannedRun(
            name: name, assignment: nil, reason: .stale,
            remark: "its configuration is not that of a current manifest", isExecuted: false,
            startsAnew: false, attempts: 0, estimate: nil))
      }
    }
    return result
  }

  /// Folders of configurations that this plan is going to replace in the record.
  private func replacedConfigurations(
    of study: String, _ record: StudyRecord
  ) -> Set<String> {
    var current: [[String]: String] = [:]
    for run in runs where run.name.study == study {
      guard let identity = run.assignment?.identity else { continue }
      current[identity.sweepName] = identity.hash
    }
    let replaced = record.configurations.filter { old in
      current[old.name].map { $0 != old.hash } ?? false
    }
    return Set(replaced.map { "\($0.variant)-\($0.hash)" })
  }

  private func plan(
    _ name: RunName, _ variant: ResolvedVariant, _ inspection: RunInspection,
    _ estimator: TimeEstimator, operationsPerStep: Double
  ) -> PlannedRun {
    let status = inspection.status
    let reason: PlanReason
    var remark = status?.error?.what
    var isExecuted = true
    var startsAnew = false
    switch inspection.condition {
    case .new: reason = .new
    case .resumable(let step, let why):
      reason = .resume(step: step)
      remark = why
    case .done:
      reason = .done
      isExecuted = false
    case .failed:
      reason = .failed
      isExecuted = request.retry.contains(.failed)
      // A checkpoint that cannot be used would fail in the same way again.
      startsAnew = isExecuted && status?.error?.exitCode == .corrupt
    case .diverged:
      reason = .diverged
      isExecuted = request.retry.contains(.diverged)
      startsAnew = isExecuted
    }
    if inspection.isBeingComputed { remark = "being computed now" }
    let step = startsAnew ? 0 : status?.step ?? 0
    let estimate =
      isExecuted
      ? estimator.estimate(
        hash: name.hash, steps: variant.prepared.totalSteps - step, own: status,
        operationsPerStep: operationsPerStep) : nil
    return PlannedRun(
      name: name, assignment: Assignment(study: name.study, variant), reason: reason,
      remark: remark, isExecuted: isExecuted,
      startsAnew: startsAnew, attempts: status?.attempts ?? 0, estimate: estimate)
  }

  /// A quarter of the peak, which is what small networks usually get; measured once.
  private static let roughSpeed = Processor.measuredPeakGFLOPS() * 1e9 / 4
}

extension RunIdentity {
  /// As ``StudyRecord/Configuration/name``.
  var sweepName: [String] { [variant, profile] + axes.flatMap { [$0.key, $0.value] } }
}

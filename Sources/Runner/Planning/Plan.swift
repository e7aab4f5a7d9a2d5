import ExperimentKit
import Store
import Tensors

/// Every run that a request names, with the reason why it is or is not going to be computed.
///
/// Making a plan writes nothing.
public struct Plan: Sendable {
  /// The expanded manifests.
  public internal(set) var manifests: [PlannedManifest]
  /// All runs: by manifest, variant and seed, superseded ones at the end of each study.
  public internal(set) var runs: [PlannedRun]
  /// Number of workers that the estimate assumes.
  public let workers: Int
  /// What is known about the speed of the runs of each study.
  var estimators: [String: TimeEstimator] = [:]

  /// The runs that are going to be computed.
  public var executedRuns: [PlannedRun] { runs.filter(\.isExecuted) }

  /// Seconds until all runs are done with the planned workers; nil when some are unknown.
  public var secondsLeft: Double? {
    TimeEstimate.secondsTogether(executedRuns.map { $0.estimate?.seconds }, workers: workers)
  }

  /// The runs of this plan and those that only a later one has.
  func adding(_ later: Plan) -> Plan {
    let known = Set(runs.map(\.name))
    var whole = later
    whole.manifests = manifests + later.manifests
    whole.runs = runs + later.runs.filter { !known.contains($0.name) }
    return whole
  }

  /// The part of the plan that is about some studies.
  func restricted(to studies: Set<String>) -> Plan {
    var part = self
    part.manifests.removeAll { !studies.contains($0.manifest.study) }
    part.runs.removeAll { !studies.contains($0.name.study) }
    return part
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
    return Plan(
      manifests: manifests, runs: builder.finish(), workers: request.workers,
      estimators: builder.estimators)
  }
}

/// Looks at the runs of a plan one by one.
private struct PlanBuilder {
  private let request: PlanRequest
  private var runs: [PlannedRun] = []
  private var seen: Set<RunName> = []
  private(set) var estimators: [String: TimeEstimator] = [:]
  /// What the records will say once the runs have begun.
  private var records: [String: StudyRecord] = [:]

  init(_ request: PlanRequest) { self.request = request }

  mutating func add(_ planned: PlannedManifest) throws {
    let study = planned.manifest.study
    let folder = request.output.study(study)
    var record = try records[study] ?? StudyRecord.read(folder) ?? StudyRecord(study: study)
    try record.refuseOtherKind(than: planned.manifest)
    record.add(planned, commandLine: [], environment: .null)
    records[study] = record
    let names = planned.variants.map { variant in
      planned.seeds.map { seed in
        RunName(
          study: study, variant: variant.variant, hash: variant.hash10, seed: seed)
      }
    }
    let inspector = RunInspector(folder, dataFolder: request.dataFolder)
    // All runs are looked at before the first estimate, so that it can rest on all of them.
    let inspections = names.map { $0.map { inspector.inspect(folder.run($0)) } }
    var estimator = estimators[study] ?? TimeEstimator { Self.peak }
    for (variant, inspections) in zip(planned.variants, inspections) {
      for case let status? in inspections.map(\.status) {
        estimator.learn(hash: variant.hash10, steps: variant.prepared.steps, status: status)
      }
    }
    estimators[study] = estimator
    for (index, variant) in planned.variants.enumerated() {
      for (name, inspection) in zip(names[index], inspections[index])
      where seen.insert(name).inserted {
        runs.append(plan(name, variant, inspection, estimator))
      }
    }
  }

  /// The runs of the request's shard by study, each followed by what is superseded.
  func finish() -> [PlannedRun] {
    let mine = request.shard.map { $0.part(of: runs.map(\.name)) }
    return records.keys.sorted().flatMap { study -> [PlannedRun] in
      let planned = runs.filter { run in
        run.name.study == study && mine?.contains(run.name) ?? true
      }
      let folder = request.output.study(study)
      let current = Set(records[study]?.runs(in: folder) ?? [])
      let superseded = folder.existingRuns().filter { !current.contains($0) }
      return planned
        + superseded.map { name in
          PlannedRun(
            name: name, assignment: nil, reason: .superseded,
            remark: "no manifest asks for it any more; it is kept, and left out of the tables",
            isExecuted: false, startsAnew: false, attempts: 0, estimate: nil)
        }
    }
  }

  private func plan(
    _ name: RunName, _ variant: ResolvedVariant, _ inspection: RunInspection,
    _ estimator: TimeEstimator
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
    if inspection.hasOtherData { startsAnew = true }
    if inspection.isBeingComputed { remark = "being computed now" }
    // A checkpoint that is gone takes what was done with it.
    let isResumed = if case .resume(let step) = reason { step > 0 } else { isExecuted }
    let done = isResumed && !startsAnew ? status?.stepsDone ?? [:] : [:]
    return PlannedRun(
      name: name, assignment: Assignment(study: name.study, variant), reason: reason,
      remark: remark, isExecuted: isExecuted, startsAnew: startsAnew,
      attempts: status?.attempts ?? 0, stepsDone: done,
      estimate: isExecuted
        ? estimator.estimate(hash: name.hash, steps: variant.prepared.steps, done: done) : nil)
  }

  /// Operations per second that one core can do; measured once.
  private static let peak = Processor.measuredPeakGFLOPS() * 1e9
}

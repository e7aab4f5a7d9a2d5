import ExperimentKit
import Experiments
import Store
import TestSupport
import Testing

/// The steps that a prepared run declares are those that it takes.
@Suite struct StepsTests {
  /// A variant of a manifest, with its training made short.
  struct Subject: Sendable, CustomTestStringConvertible {
    let manifest: String
    var variant: String?
    var changes: [(String, String)] = []

    var testDescription: String { manifest + (variant.map { " \($0)" } ?? "") }
  }

  private static let short = [("pretrain.steps", "3"), ("mask.steps", "2")]
  /// Every control that there is, each done quickly.
  private static let controlled =
    short + [
      ("controls.level", "full"), ("controls.draws", "1"), ("controls.returned", "[0.5]"),
      ("controls.adversary-steps", "[1]"), ("controls.adversary-restarts", "1"),
      ("controls.adversary-units", "[layer, row]"), ("controls.examples", "20"),
    ]

  static let subjects: [Subject] = [
    Subject(manifest: "addmul-fnn", changes: short),
    Subject(manifest: "addmul-lstm", changes: short),
    Subject(manifest: "addmul-fnn", changes: controlled),
    Subject(
      manifest: "addmul-interference",
      changes: controlled + [("further.steps", "3"), ("further.evaluate-every", "2")]),
    Subject(manifest: "double-add-lstm", changes: controlled),
    Subject(manifest: "scan-lstm", changes: controlled),
    Subject(manifest: "math-transformer", changes: controlled),
    Subject(
      manifest: "cifar10-cnn",
      changes: controlled + [("task.classes", "[disc-horizontal, ring-checks]")]),
    Subject(
      manifest: "addmul-interference",
      changes: short + [("further.steps", "3"), ("further.evaluate-every", "2")]),
    Subject(manifest: "double-add-fnn", changes: short),
    Subject(manifest: "double-add-lstm", changes: short),
    Subject(manifest: "scan-lstm", changes: short),
    Subject(manifest: "scan-transformer", changes: short),
    Subject(manifest: "scan-baseline", changes: [("pretrain.steps", "3")]),
    Subject(
      manifest: "scan-baseline",
      changes: [("pretrain.steps", "3"), ("model.kind", "transformer"), ("split", "jump")]),
    Subject(manifest: "math-transformer", changes: short),
    Subject(manifest: "permuted-mnist", changes: [("mask.steps", "2")]),
    Subject(manifest: "mask-clusters", changes: [("mask.steps", "2")]),
    Subject(manifest: "cifar10-cnn", changes: short),
    Subject(manifest: "cifar10-resnet", changes: short),
    Subject(manifest: "cifar10-mask-stability", changes: short),
    Subject(
      manifest: "cifar10-mask-stability",
      changes: short + [("task.mode", "all"), ("task.images", "200")]),
    Subject(manifest: "cifar10-gradient-cosine", changes: short),
    Subject(manifest: "random-init-ncut", variant: "cnn"),
    Subject(
      manifest: "clusterability", variant: "fashion-dropout",
      changes: [("shuffles.methods", "[layer, layer-nonzero]")]),
    Subject(manifest: "clusterability", variant: "cnn-mnist"),
    Subject(
      manifest: "clusterability", variant: "cnn-mnist", changes: [("network.source", "initial")]),
    Subject(manifest: "cluster-pictures", variant: "halves-diff"),
    Subject(manifest: "cluster-pictures", variant: "stack-same"),
    Subject(
      manifest: "cluster-importance", variant: "mlp-fashion-dropout",
      changes: [("lesions.match", "size-and-norm"), ("task.test-images", "600")]),
    Subject(manifest: "cluster-importance", variant: "cnn-mnist"),
    Subject(
      manifest: "planted-dial",
      changes: controlled.filter { !$0.0.hasPrefix("pretrain") }),
    Subject(manifest: "cluster-dependency"),
    Subject(manifest: "cluster-dependency", changes: [("lesions.pairs", "important")]),
    Subject(manifest: "cluster-coherence", variant: "mlp-mnist"),
    Subject(manifest: "partitions-importance", variant: "mlp-local-weights"),
    Subject(manifest: "partitions-coherence", variant: "cnn-local-activations"),
    Subject(
      manifest: "clusterability", variant: "cnn-mnist",
      changes: [("clusters.graph", "activations"), ("clusters.map-norm", "column")]),
    Subject(
      manifest: "cluster-coherence", variant: "cnn-mnist", changes: [("clusters.k", "[12, 3]")]),
  ]

  @Test(arguments: subjects)
  func declaredStepsAreTaken(subject: Subject) throws {
    let tiny = try TinyRun.configuration(
      subject.manifest, variant: subject.variant, subject.changes)
    let prepared = try tiny.experiment.prepare(json: tiny.configuration)
    var begun: [String] = []
    var finished: [String: Int] = [:]
    let context = try RunContext(
      seed: 0, kind: tiny.experiment, totalSteps: prepared.totalSteps,
      events: { event in
        switch event {
        case .phaseStarted(let step, _, _): begun.append(step)
        case .phaseFinished(let step, let count, _): finished[step] = count
        default: break
        }
      })
    try prepared.run(context)
    #expect(begun == prepared.steps.map(\.name))
    for step in prepared.steps {
      #expect(finished[step.name] == step.count, "\(step.name)")
      #expect(step.operations > 0, "\(step.name)")
      let isEvaluation = step.name.hasPrefix("evaluate-")
      switch step.work {
      case .training:
        #expect(
          ["pretrained", "trained", "pruned"].contains(step.name) || step.name.hasPrefix("train-"))
      case .evaluation: #expect(isEvaluation)
      case .masks, .clustering, .lesions, .pictures: #expect(!isEvaluation)
      }
    }
    let recorded = context.recordedTables.map(\.name)
    #expect(recorded == tiny.experiment.tables.map(\.name).sorted().filter(recorded.contains))
  }

  /// Stopped again and again while it measures, a run loses one evaluation at most.
  @Test(arguments: ["addmul-fnn", "cifar10-gradient-cosine", "permuted-mnist"])
  func measuringIsResumed(manifest: String) throws {
    let changes = manifest == "permuted-mnist" ? [("mask.steps", "2")] : Self.short
    let tiny = try TinyRun.configuration(manifest, changes)
    let prepared = try tiny.experiment.prepare(json: tiny.configuration)
    let expected = try TinyRun.run(tiny).rows
    try withTemporaryFolder { folder in
      var computed: [String] = []
      var rows: [String]?
      var attempts = 0
      while rows == nil, attempts < 500 {
        attempts += 1
        var evaluations = 0
        let context = try RunContext(
          seed: 0, kind: tiny.experiment, folder: folder,
          events: { event in
            guard case .phaseFinished(let step, _, .computed) = event,
              step.hasPrefix("evaluate-")
            else { return }
            computed.append(step)
            evaluations += 1
          }, shouldStop: { evaluations > 0 })
        do {
          try prepared.run(context)
          rows = context.rows
        } catch is Cancelled {}
      }
      #expect(rows == expected)
      let declared = prepared.steps.filter { $0.work == .evaluation }.map(\.name)
      #expect(computed == declared, "each is computed once")
      #expect(attempts >= declared.count)
    }
  }
}

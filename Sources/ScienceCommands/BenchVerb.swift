import Benchmarks
import CommandLine
import Foundation
import Masks
import Runner
import Store
import Tensors

/// `modlab bench`: the time of training steps of the papers' networks, and of what is done to trained
/// ones.
enum BenchVerb {
  static let verb = Verb(
    "bench", "measure the time of training steps of the papers' networks, and of clustering",
    discussion: """
      Prints one JSON line per workload and stage. Every workload runs in a process of its own, so
      that its peak of memory is its own; batches are synthetic and of the real shapes. Times are
      medians; cpu_ms_per_step is hardly disturbed by other processes. gemm_ms_per_step is the CPU
      time of the mask step's products alone through OpenBLAS. Jobs of the stage cluster are measured
      as a whole: seconds and cpu_seconds are medians of --steps rounds, added_mib is the memory on top
      of their inputs.

      Workloads:
      \(workloadList)
      """,
    examples: [
      Example("modlab bench --workload addmul-lstm --stage mask", "time a mask step of one network")
    ],
    options: [
      Option(
        "workload", .text(placeholder: "NAME", completion: .words(names)),
        isRepeatable: true, otherwise: "all", "what to measure"),
      Option(
        "stage", .choice(BenchmarkStage.allCases.map(\.rawValue) + [jobStage]), otherwise: "all",
        "train the network's weights, train masks of its weights, or cluster its units"),
      Option(
        "steps", .text(placeholder: "N", completion: .none),
        otherwise: "as many as fit in 5 s; 3 rounds",
        "steps to time, after four that are not; rounds of the stage cluster"),
      Option(
        "threads", .text(placeholder: "N", completion: .none), default: "1",
        "threads of OpenBLAS; modlab's own kernels use one"),
      Option(
        "clip-scope", .choice(ClipScope.allCases.map(\.rawValue)),
        default: ClipScope.trainable.rawValue,
        "which gradients mask training clips"),
    ],
    action: perform)

  /// The stage of what is measured as a whole.
  private static let jobStage = "cluster"

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    let arguments = invocation.arguments
    let targets = try targets(arguments)
    let steps = try arguments.integer("steps", in: 1...1_000_000)
    let threads = try arguments.requiredInteger("threads", in: 1...1024)
    let scope = try scope(arguments.required("clip-scope"))
    guard targets.count > 1 else {
      switch targets[0] {
      case .training(let workload, let stage):
        try measure(
          workload, stage, steps: steps, threads: threads, scope: scope, invocation.console)
      case .job(let job):
        try measure(job, rounds: steps ?? 3, threads: threads, invocation.console)
      }
      return .success
    }
    var failures = 0
    for target in targets {
      var words = [
        "bench", "--workload", target.name, "--stage", target.stage, "--threads", String(threads),
        "--clip-scope", scope.rawValue,
      ]
      if let steps { words += ["--steps", String(steps)] }
      if try !runsAlone(words) { failures += 1 }
    }
    return failures == 0 ? .success : .internalError
  }

  // MARK: - What is measured

  private enum Target {
    case training(Workload, BenchmarkStage)
    case job(Job)

    var name: String {
      switch self {
      case .training(let workload, _): workload.name
      case .job(let job): job.name
      }
    }

    var stage: String {
      switch self {
      case .training(_, let stage): stage.rawValue
      case .job: jobStage
      }
    }
  }

  /// What the options select, at least one.
  private static func targets(_ arguments: Arguments) throws -> [Target] {
    let asked = arguments.texts("workload")
    let targets = try (asked.isEmpty ? names : asked).flatMap { name in
      if let job = Job.named(name) { return [Target.job(job)] }
      guard let workload = Workload.named(name) else {
        throw Failure(
          .usage, "unknown workload \(Failure.quote(name))",
          why: "there are \(names.joined(separator: ", "))",
          help: Suggestion.help(for: name, among: names))
      }
      return BenchmarkStage.allCases.map { .training(workload, $0) }
    }
    guard let stage = arguments.text("stage") else { return targets }
    let selected = targets.filter { $0.stage == stage }
    guard !selected.isEmpty else {
      throw Failure(
        .usage, "\(asked.joined(separator: ", ")) has no stage '\(stage)'",
        why: "its stages are \(targets.map(\.stage).joined(separator: ", "))")
    }
    return selected
  }

  private static func scope(_ name: String) throws -> ClipScope {
    guard let scope = ClipScope(rawValue: name) else {
      throw Failure(.internalError, "the clip scope '\(name)' is not known")
    }
    return scope
  }

  private static let names = Workload.all.map(\.name) + Job.all.map(\.name)

  private static var workloadList: String {
    let width = names.map(\.count).max() ?? 0
    let all =
      Workload.all.map { ($0.name, $0.summary) } + Job.all.map { ($0.name, $0.summary) }
    return all.map { name, summary in
      "  \(name.padding(toLength: width, withPad: " ", startingAt: 0))  \(summary)"
    }.joined(separator: "\n")
  }

  // MARK: - Measuring

  private static let schema = "modlab-bench-1"

  private static func measure(
    _ workload: Workload, _ stage: BenchmarkStage, steps: Int?, threads: Int, scope: ClipScope,
    _ console: Console
  ) throws {
    try LinearAlgebra.load()
    BLAS.setThreads(threads)
    let found = FloatingPointMode.flushingDenormals {
      Measurement(workload, stage: stage, clipScope: scope, steps: steps)
    }
    var line: [String: JSONValue] = [
      "workload": .string(workload.name),
      "stage": .string(stage.rawValue), "batch": .integer(workload.batch),
      "steps": .integer(found.steps), "ms_per_step": rounded(found.millisecondsPerStep),
      "best_ms_per_step": rounded(found.bestMillisecondsPerStep),
      "cpu_ms_per_step": rounded(found.cpuMillisecondsPerStep),
      "examples_per_s": rounded(1000 * Double(workload.batch) / found.millisecondsPerStep),
      "peak_rss_mib": rounded(found.peakMebibytes), "blas_kernel": .string(BLAS.coreName),
      "kernel_level": .string(KernelLevel.active.rawValue), "threads": .integer(threads),
      "parameters": .integer(found.parameterCount),
    ]
    if stage == .mask {
      line["masked"] = .integer(found.maskedCount)
      line["clip_scope"] = .string(scope.rawValue)
      line["masked_products"] = .string(MaskedProducts.active.rawValue)
      line["gemm_ms_per_step"] = found.productMilliseconds.map(rounded) ?? .null
    }
    try say(line, console)
  }

  private static func measure(
    _ job: Job, rounds: Int, threads: Int, _ console: Console
  ) throws {
    try LinearAlgebra.load()
    BLAS.setThreads(threads)
    let found = JobMeasurement(job, rounds: rounds)
    try say(
      [
        "workload": .string(job.name), "stage": .string(jobStage),
        "rounds": .integer(found.rounds), "seconds": rounded(found.seconds),
        "cpu_seconds": rounded(found.cpuSeconds), "peak_rss_mib": rounded(found.peakMebibytes),
        "added_mib": rounded(found.addedMebibytes), "blas_kernel": .string(BLAS.coreName),
        "kernel_level": .string(KernelLevel.active.rawValue), "threads": .integer(threads),
      ], console)
  }

  private static func rounded(_ value: Double) -> JSONValue {
    .number((value * 1000).rounded() / 1000)
  }

  /// A line of JSON with or without --json: figures are for machines to compare.
  private static func say(_ line: [String: JSONValue], _ console: Console) throws {
    try console.record(schema, line)
    var line = line
    line["schema"] = .string(schema)
    try console.result(JSONValue.object(line).serialized() + "\n")
  }

  /// Measures in a process of its own, which writes to the same outputs.
  ///
  /// - Returns: whether it did.
  private static func runsAlone(_ words: [String]) throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = words
    do {
      try process.run()
    } catch {
      throw Failure(.inputOutput, "cannot start a process for the measurement", why: "\(error)")
    }
    process.waitUntilExit()
    return process.terminationReason == .exit && process.terminationStatus == 0
  }
}

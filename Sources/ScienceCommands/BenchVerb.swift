import Benchmarks
import CommandLine
import Foundation
import Masks
import Runner
import Store
import Tensors

/// `modlab bench`: the time of a training step of the papers' networks.
enum BenchVerb {
  static let verb = Verb(
    "bench", "measure the time per training step of the papers' networks",
    discussion: """
      Prints one JSON line per workload and stage. Every workload runs in a process of its own, so
      that its peak of memory is its own; batches are synthetic and of the real shapes. Times are
      medians; cpu_ms_per_step is hardly disturbed by other processes. gemm_ms_per_step is the CPU
      time of the mask step's products alone through OpenBLAS.

      Workloads:
      \(workloadList)
      """,
    examples: [
      Example("modlab bench --workload addmul-lstm --stage mask", "time a mask step of one network")
    ],
    options: [
      Option(
        "workload", .text(placeholder: "NAME", completion: .words(Workload.all.map(\.name))),
        isRepeatable: true, otherwise: "all", "what to train"),
      Option(
        "stage", .choice(BenchmarkStage.allCases.map(\.rawValue)), otherwise: "both",
        "train the network's weights, or masks of its weights"),
      Option(
        "steps", .text(placeholder: "N", completion: .none), otherwise: "as many as fit in 5 s",
        "steps to time, after four that are not"),
      Option(
        "threads", .text(placeholder: "N", completion: .none), default: "1",
        "threads of OpenBLAS; modlab's own kernels use one"),
      Option(
        "clip-scope", .choice(ClipScope.allCases.map(\.rawValue)),
        default: ClipScope.trainable.rawValue,
        "which gradients mask training clips"),
    ],
    action: perform)

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    let arguments = invocation.arguments
    let names = arguments.texts("workload")
    let workloads = names.isEmpty ? Workload.all : try names.map(workload)
    let stages =
      arguments.text("stage").flatMap(BenchmarkStage.init).map { [$0] } ?? BenchmarkStage.allCases
    let steps = try arguments.integer("steps", in: 1...1_000_000)
    let threads = try arguments.requiredInteger("threads", in: 1...1024)
    let scope = try scope(arguments.required("clip-scope"))
    guard workloads.count * stages.count > 1 else {
      try measure(
        workloads[0], stages[0], steps: steps, threads: threads, scope: scope, invocation.console)
      return .success
    }
    var failures = 0
    for workload in workloads {
      for stage in stages {
        var words = [
          "bench", "--workload", workload.name, "--stage", stage.rawValue, "--threads",
          String(threads), "--clip-scope", scope.rawValue,
        ]
        if let steps { words += ["--steps", String(steps)] }
        if try !runsAlone(words) { failures += 1 }
      }
    }
    return failures == 0 ? .success : .internalError
  }

  private static func scope(_ name: String) throws -> ClipScope {
    guard let scope = ClipScope(rawValue: name) else {
      throw Failure(.internalError, "the clip scope '\(name)' is not known")
    }
    return scope
  }

  private static var workloadList: String {
    let width = Workload.all.map(\.name.count).max() ?? 0
    return Workload.all.map {
      "  \($0.name.padding(toLength: width, withPad: " ", startingAt: 0))  \($0.summary)"
    }.joined(separator: "\n")
  }

  private static func workload(_ name: String) throws -> Workload {
    if let workload = Workload.named(name) { return workload }
    throw Failure(
      .usage, "unknown workload \(Failure.quote(name))",
      why: "there are \(Workload.all.map(\.name).joined(separator: ", "))",
      help: Suggestion.help(for: name, among: Workload.all.map(\.name)))
  }

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
    func rounded(_ value: Double) -> JSONValue { .number((value * 1000).rounded() / 1000) }
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
    // A line of JSON with or without --json: figures are for machines to compare.
    try console.record(schema, line)
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

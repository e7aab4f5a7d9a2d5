import Foundation
import Runner
import Store
import Tensors

/// `modlab doctor`: what this machine offers, whether it is used, and whether it computes right.
enum DoctorVerb {
  static let verb = Verb(
    "doctor", "check libraries, processor, speed and correctness of this machine",
    discussion: """
      Shows the environment that workers get and compares the speed of matrix products with what the
      processor can do. The exit status is 8 when a self-test fails.
      """,
    examples: [
      Example("modlab doctor", "check a machine before a long sweep")
    ],
    action: perform)

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    let console = invocation.console
    try LinearAlgebra.load()
    let ownChoice = BLAS.ownCoreName
    let environment = EnvironmentRecord.ofThisProcess(invocation.build)
    let tests = FloatingPointMode.flushingDenormals { SelfTest.all() }
    let peak = Processor.measuredPeakGFLOPS()
    let speed = ProductSpeed.measuredGFLOPS()
    let warnings = warnings(ownChoice: ownChoice, speed: speed, peak: peak)
    try show(environment, ownChoice: ownChoice, speed: speed, peak: peak, console)
    for test in tests {
      let verdict = test.problem.map { "FAILED: \($0)" } ?? "ok"
      let style = test.problem == nil ? Style.green : Style.red
      try console.result(
        "self-test: \(test.name): \(style.paint(verdict, console.isOutputColored))\n")
    }
    for warning in warnings { console.warning(warning) }
    var members = environment.json.objectValue ?? [:]
    members["blas_core_of_library"] = .string(ownChoice)
    members["sgemm_gflops"] = .number(speed)
    members["peak_gflops"] = .number(peak)
    members["warnings"] = .array(warnings.map { .string($0) })
    members["self_tests"] = .array(
      tests.map {
        ["name": .string($0.name), "problem": $0.problem.map { .string($0) } ?? .null]
      })
    try console.record("modlab-doctor-1", members)
    return tests.allSatisfy { $0.problem == nil } ? .success : .selfTestFailed
  }

  private static func show(
    _ environment: EnvironmentRecord, ownChoice: String, speed: Double, peak: Double,
    _ console: Console
  ) throws {
    var table = TextTable([("modlab", .left), (environment.version, .left)])
    let core =
      ownChoice == BLAS.coreName
      ? ownChoice
      : "\(BLAS.coreName) (the library alone would take \(ownChoice), which is slow)"
    var rows = [
      ("compiler", environment.compiler), ("system", environment.system),
      ("processor", "\(environment.processor), \(environment.cores) cores"),
      ("features", environment.processorFeatures),
      ("elementwise kernels", environment.kernelLevel), ("BLAS library", BLAS.configuration),
      ("BLAS kernels", core),
      ("BLAS threads", "\(environment.threads) per worker (\(BLAS.parallelKind))"),
      (
        "matrix products",
        "\(ShortNumber.text(speed)) GFLOP/s in one thread, "
          + "\(Int((100 * speed / max(peak, 1e-9)).rounded())) % of what the processor can do "
          + "(\(ShortNumber.text(peak)) GFLOP/s)"
      ),
    ]
    rows.insert(("commit", environment.build.text), at: 0)
    for (name, value) in rows { table.add([name, value]) }
    try console.result(table.rendered())
  }

  private static func warnings(ownChoice: String, speed: Double, peak: Double) -> [String] {
    var warnings: [String] = []
    if BuildRecord.isDebugBuild {
      warnings.append("this is a debug build: the speeds say nothing; use 'swift build -c release'")
    } else if let better = BLAS.recommendedCore {
      warnings.append(
        "OpenBLAS uses its slow kernels \(BLAS.coreName); unset OPENBLAS_CORETYPE or set it to "
          + better)
    } else if speed < peak / 2 {
      warnings.append(
        "matrix products reach less than half of what the processor can do: other programs are "
          + "busy, or OpenBLAS does not know this processor (kernels \(BLAS.coreName))")
    }
    if KernelLevel.active != KernelLevel.best {
      warnings.append(
        "MODLAB_KERNELS selects the elementwise kernels \(KernelLevel.active.rawValue), "
          + "\(KernelLevel.best.rawValue) are faster")
    }
    if BLAS.parallelKind == "OpenMP" {
      warnings.append("this OpenBLAS is an OpenMP build; the pthreads build is the tested one")
    }
    return warnings
  }
}

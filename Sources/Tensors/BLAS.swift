import CKernels
import CLinearAlgebra
import Foundation

/// The linear-algebra library (OpenBLAS, LAPACKE), loaded when something is first computed.
///
/// Processes that only read or write files never load it: it takes memory and, on machines that
/// grant none, does not come back. A process that is going to compute calls ``load(threads:)``
/// first, to hear of trouble in time.
public enum BLAS {
  /// Why the library cannot be used.
  public struct Unusable: Error, CustomStringConvertible {
    /// One sentence without a full stop.
    public let description: String
    /// What the user can do about it.
    public let help: String
  }

  /// Loads the library, with one thread per product and with fast kernels, and makes sure of the
  /// memory that products work in.
  ///
  /// A kernel set that the user has named in `OPENBLAS_CORETYPE` stays; else a slow fallback of the
  /// library is replaced by ``recommendedCore``.
  ///
  /// - Parameter threads: how many threads of this process compute products at the same time.
  /// - Throws: ``Unusable`` when the library is missing, or memory for its buffers.
  public static func load(threads: Int = 1) throws(Unusable) {
    if let problem = loaded.problem {
      throw Unusable(
        description: "the linear-algebra library cannot be loaded: \(problem)",
        help: "install the packages libopenblas0-pthread and liblapacke")
    }
    guard openblas_reserve(Int32(threads)) else {
      let size = openblas_reserved_bytes >> 20
      throw Unusable(
        description: "there is no memory for OpenBLAS: it needs \(size) MiB of address space "
          + "for each of \(threads) thread\(threads == 1 ? "" : "s")",
        help: "raise the limit ('ulimit -v unlimited'), or compute with fewer threads")
    }
  }

  /// Loads the library if that has not happened.
  ///
  /// - Precondition: it can be loaded; see ``load(threads:)``.
  @inline(__always) static func use() {
    if let problem = loaded.problem { fatalError(problem) }
  }

  /// Version and build options of OpenBLAS.
  public static var configuration: String { text(openblas_configuration) }
  /// The kernel set in use, for example `Haswell`; results differ in the last bits between kernel
  /// sets.
  public static var coreName: String { text(openblas_core_name) }
  /// The kernel set that the library chose by itself.
  public static var ownCoreName: String { loaded.ownCore }

  /// Threads that a product may use.
  public static var threads: Int {
    use()
    return Int(openblas_threads())
  }

  /// How the library was built to run in parallel.
  public static var parallelKind: String {
    use()
    return switch openblas_parallel_kind() {
    case 0: "serial"
    case 1: "pthreads"
    case 2: "OpenMP"
    default: "unknown"
    }
  }

  /// Sets the number of threads of a product. One thread is the rule: the thread count changes bits.
  public static func setThreads(_ count: Int) {
    use()
    openblas_set_threads(Int32(count))
  }

  /// Kernel sets from before AVX, to which OpenBLAS falls back on processors newer than itself.
  public static let slowCores: Set<String> = [
    "Prescott", "Core2", "Nehalem", "Penryn", "Dunnington", "Atom", "Barcelona", "Bobcat",
    "Katmai", "Coppermine", "Northwood", "Banias", "Athlon", "Opteron", "Opteron_SSE3",
  ]

  /// The kernel set to use in place of the one in use, or nil when that is good.
  ///
  /// Only a slow fallback is overruled, and only when this processor can do better.
  public static var recommendedCore: String? { recommendation(insteadOf: coreName) }

  /// The variable that names the kernels of OpenBLAS.
  public static let coreVariable = "OPENBLAS_CORETYPE"

  // MARK: - Loading

  /// What loading gave; a process loads once.
  private struct Loaded {
    /// Why the library cannot be used.
    var problem: String?
    /// The kernel set that the library chose by itself.
    var ownCore = "unknown"
  }

  private static let loaded: Loaded = {
    if let problem = linear_algebra_load() { return Loaded(problem: String(cString: problem)) }
    openblas_set_threads(1)
    let ownCore = openblas_core_name().map { String(cString: $0) } ?? "unknown"
    let wanted = ProcessInfo.processInfo.environment[coreVariable] ?? ""
    if wanted.isEmpty, let core = recommendation(insteadOf: ownCore) {
      // Also for the processes that this one starts.
      setenv(coreVariable, core, 1)
      _ = openblas_choose_kernels()
    }
    return Loaded(ownCore: ownCore)
  }()

  private static func recommendation(insteadOf core: String) -> String? {
    guard slowCores.contains(core) else { return nil }
    if KernelLevel.v4.isAvailable { return "SkylakeX" }
    if KernelLevel.v3.isAvailable { return "Haswell" }
    return nil
  }

  private static func text(_ source: () -> UnsafePointer<CChar>?) -> String {
    use()
    return source().map { String(cString: $0) } ?? "unknown"
  }
}

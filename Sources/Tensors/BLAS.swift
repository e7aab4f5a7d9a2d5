import CKernels
import COpenBLAS
import Foundation

/// Facts about the linear-algebra library in this process.
public enum BLAS {
  /// Version and build options of OpenBLAS.
  public static var configuration: String { text(openblas_get_config()) }
  /// The kernel set in use, for example `Haswell`; results differ in the last bits between kernel
  /// sets.
  public static var coreName: String { text(openblas_get_corename()) }
  /// Threads that a product may use.
  public static var threads: Int { Int(openblas_get_num_threads()) }

  /// How the library was built to run in parallel.
  public static var parallelKind: String {
    switch openblas_get_parallel() {
    case 0: "serial"
    case 1: "pthreads"
    case 2: "OpenMP"
    default: "unknown"
    }
  }

  /// Sets the number of threads. One thread is the rule: the thread count changes bits.
  public static func setThreads(_ count: Int) { openblas_set_num_threads(Int32(count)) }

  /// Kernel sets from before AVX, to which OpenBLAS falls back on processors newer than itself.
  public static let slowCores: Set<String> = [
    "Prescott", "Core2", "Nehalem", "Penryn", "Dunnington", "Atom", "Barcelona", "Bobcat",
    "Katmai", "Coppermine", "Northwood", "Banias", "Athlon", "Opteron", "Opteron_SSE3",
  ]

  /// The kernel set to ask for through `OPENBLAS_CORETYPE`, or nil when the library's own choice is
  /// good.
  ///
  /// Only a slow fallback is overruled, and only when this processor can do better.
  public static var recommendedCore: String? {
    guard slowCores.contains(coreName) else { return nil }
    if KernelLevel.v4.isAvailable { return "SkylakeX" }
    if KernelLevel.v3.isAvailable { return "Haswell" }
    return nil
  }

  /// Makes this process use the recommended kernel set; call it before the first product.
  ///
  /// A kernel set named by the user in `OPENBLAS_CORETYPE` stays.
  public static func adoptRecommendedCore() {
    guard ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"] == nil,
      let core = recommendedCore
    else { return }
    setenv("OPENBLAS_CORETYPE", core, 1)
    _ = ml_reload_openblas_core()
  }

  private static func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String {
    pointer.map { String(cString: $0) } ?? "unknown"
  }
}

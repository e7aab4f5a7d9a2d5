import Tensors

/// The part of the environment on which results may depend, fixed for all workers.
public enum WorkerEnvironment {
  /// An environment with one thread per library, neutral locale and time zone.
  public static func fixed(_ environment: [String: String]) -> [String: String] {
    var result = environment
    result["OPENBLAS_NUM_THREADS"] = "1"
    result["OMP_NUM_THREADS"] = "1"
    result["LC_ALL"] = "C"
    result["TZ"] = "UTC"
    // A crash is reported by its message; looking up the names of a backtrace takes seconds.
    result["SWIFT_BACKTRACE"] = environment["SWIFT_BACKTRACE"] ?? "enable=no"
    if result[BLAS.coreVariable] == "" { result[BLAS.coreVariable] = nil }
    return result
  }
}

import CKernels
import Foundation

/// Facts about this processor.
public enum Processor {
  /// Instruction-set features of interest, separated by blanks.
  public static var features: String { String(cString: ml_cpu_features()) }

  /// Fused multiply-adds of one core, in GFLOP per second of CPU time, measured anew at every call.
  public static func measuredPeakGFLOPS() -> Double { ml_peak_gflops() }

  /// Seconds of CPU time that all threads of this process have used. Unlike wall time, other
  /// processes hardly disturb it.
  public static func secondsUsed() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

/// The floating-point mode of the calling thread.
public enum FloatingPointMode {
  /// Computes with denormal numbers taken as zero, or not, in the calling thread until `body` ends.
  ///
  /// Whatever trains does so here: decayed Adam moments are denormal, and arithmetic on those is up
  /// to 60 times slower.
  ///
  /// - Parameter flushes: whether denormal numbers are taken as zero.
  public static func flushingDenormals<Result>(
    _ flushes: Bool = true, _ body: () throws -> Result
  ) rethrows -> Result {
    let before = flushesDenormals
    ml_set_flushes_denormals(flushes ? 1 : 0)
    defer { ml_set_flushes_denormals(before ? 1 : 0) }
    return try body()
  }

  /// Whether denormal numbers are taken as zero in this thread.
  public static var flushesDenormals: Bool { ml_flushes_denormals() != 0 }
}

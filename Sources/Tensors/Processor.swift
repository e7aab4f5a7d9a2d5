import CKernels

/// Facts about this processor.
public enum Processor {
  /// Instruction-set features of interest, separated by blanks.
  public static var features: String { String(cString: ml_cpu_features()) }

  /// Fused multiply-adds of one core, measured for about 50 ms, in GFLOP/s.
  public static func measuredPeakGFLOPS() -> Double { ml_peak_gflops() }
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

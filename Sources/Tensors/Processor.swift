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
  /// Treats denormal numbers as zero. Every thread that trains calls it first: decayed Adam moments
  /// are denormal, and arithmetic on those is up to 60 times slower.
  public static func flushDenormals() { ml_flush_denormals() }

  /// Whether ``flushDenormals()`` is in force in this thread.
  public static var flushesDenormals: Bool { ml_flushes_denormals() != 0 }
}

import Store

/// Looks at runs, as thoroughly as whoever asks needs.
public struct RunInspector: Sendable {
  /// Creates an inspector.
  public init() {}

  /// What the files of a run say about it.
  public func inspect(_ folder: RunFolder) -> RunInspection { RunInspection.of(folder) }
}

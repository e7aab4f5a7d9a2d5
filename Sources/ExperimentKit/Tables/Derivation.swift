extension Table {
  /// Computes rows of a table from what one run has recorded, such as what chance would give.
  ///
  /// Runs do not record such rows: whoever reads results adds them, so that results of any age have them. `rows`
  /// gives the recorded rows of a table of the run in the order of its file, none when it has none; equal rows
  /// must give the same bytes.
  public typealias Derivation =
    @Sendable (_ rows: (Table) throws -> [Record]) throws -> [Record]
}

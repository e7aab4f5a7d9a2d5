import Store

extension RunContext {
  /// Opens the folder of the data sets: the only way to it, so that whatever a run reads is on record.
  ///
  /// Data are read before the first step of the run, since all steps depend on them.
  ///
  /// - Parameter open: gets the path of the folder, and what must be told the path of every file
  ///   before it is read.
  public func openData<Opened>(
    _ open: (_ folder: String, _ willRead: @escaping @Sendable (String) throws -> Void) throws
      -> Opened
  ) rethrows -> Opened {
    try open(dataFolder) { [dataRecord] in try dataRecord.note($0) }
  }

  /// The data files that have been read, by their path within the folder of the data sets.
  public var dataFiles: [String: DataFileRecord] { dataRecord.files }

  /// Called at the first step: a checkpoint that was computed from other data is forgotten.
  func settleData() {
    guard visited.isEmpty else { return }
    dataRecord.close()
    let digests = dataRecord.digests
    if let stored = checkpoint.data, stored != digests {
      let names = Set(stored.keys).union(digests.keys).filter { stored[$0] != digests[$0] }
      warn(
        "the data have changed since the checkpoint was written "
          + "(\(names.sorted().joined(separator: ", "))): the run starts anew")
      checkpoint = RunCheckpoint(recorded: recordedBeforeSteps, isFileGood: false)
    }
    checkpoint.data = digests
  }
}

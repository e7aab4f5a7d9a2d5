import Datasets
import Store
import Synchronization

/// How many examples the files of a section `data` have, for the estimates of plans.
///
/// Files are taken as they are named, or from the folder of data sets that is meant when none is named. What
/// cannot be counted in a moment (large tables), or is not there, is taken to have ``assumed`` examples:
/// estimates rest on measured times as soon as there are some.
extension OwnDataSettings {
  private static let assumed = 10_000
  /// Bytes of the largest packed or written file that is read only to count its rows.
  private static let largest = 16 << 20

  /// Examples to train on, and to test on; at least one.
  var exampleCounts: (train: Int, test: Int) {
    let all = Self.count(train.targets) ?? Self.assumed
    if test.isGiven { return (all, Self.count(test.targets) ?? Self.assumed) }
    let apart =
      testColumn.flatMap(testRows) ?? Int(Double(all) * (testColumn == nil ? testShare : 0.5))
    return (max(1, all - apart), max(1, apart))
  }

  /// Lines of the table that are set apart to test on; nil when they are not known.
  private func testRows(_ column: String) -> Int? {
    guard let name = train.table, let path = Self.place(of: name),
      let size = FileFingerprint(path: path)?.size, size <= Self.largest
    else { return nil }
    return Self.known("\(name)\0\(column)\0\(testValues.values)", path) {
      try CSVColumns(path).texts(column).count { testValues.contains($0) }
    }
  }

  /// Rows of arrays one after the other; nil when they are not known.
  private static func count(_ list: ArrayList) -> Int? {
    let counts = list.names.map(count)
    return counts.contains(nil) || counts.isEmpty ? nil : counts.reduce(0) { $0 + ($1 ?? 0) }
  }

  private static func count(_ text: String) -> Int? {
    let named = ArrayReference(text)
    guard let path = place(of: named.path) else { return nil }
    let reference = ArrayReference(named.part.map { "\(path)#\($0)" } ?? path)
    let isSmall = FileFingerprint(path: path).map { $0.size <= largest } ?? false
    guard reference.isMapped || reference.isFolder || isSmall else { return nil }
    return known(text, path) { try reference.open().count }
  }

  private static func place(of name: String) -> String? {
    [name, "\(DataFolder.standard.path)/\(name)"].first(where: Folder.exists)
  }

  // MARK: - Files that were counted

  private struct Counted {
    let fingerprint: FileFingerprint?
    let count: Int
  }

  /// What was counted last, by what was asked: the configurations of a sweep ask the same.
  private static let counted = Mutex<[String: Counted]>([:])

  private static func known(_ what: String, _ path: String, _ count: () throws -> Int) -> Int? {
    let fingerprint = FileFingerprint(path: path)
    if let known = counted.withLock({ $0[what] }), known.fingerprint == fingerprint {
      return known.count
    }
    // A file that cannot be read is refused when it is looked at before the run.
    guard let found = try? count() else { return nil }
    counted.withLock { $0[what] = Counted(fingerprint: fingerprint, count: found) }
    return found
  }
}

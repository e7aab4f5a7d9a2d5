import Datasets
import Store

/// The fetching of one data set.
final class FetchJob {
  private let fetcher: DataFetcher
  private let set: OfficialDataSet
  private var results: [String: FetchedFile] = [:]
  /// Why files could not be had, by name.
  private var problems: [String: String] = [:]

  init(fetcher: DataFetcher, set: OfficialDataSet) {
    self.fetcher = fetcher
    self.set = set
  }

  private var path: String { fetcher.path(set) }
  private var missing: [OfficialFile] { self.set.files.filter { results[$0.name] == nil } }

  func perform() throws -> [FetchedFile] {
    try removeLeftovers()
    for checked in try fetcher.folder.check(set) {
      let isAccepted = fetcher.allowsUnverified && checked.state != .missing
      if checked.state.isUsable || isAccepted { try note(checked, .kept) }
    }
    switch fetcher.source {
    case _ where missing.isEmpty: break
    case .folder(let folder): try copy(from: LocalCopies(set: set, path: folder))
    case .official, .mirror: try download()
    }
    if let failure { throw failure }
    for download in set.downloads where set.folderInArchive != nil {
      try PartialFile.removeLeftover(of: "\(path)/\(download.name)", operations: fetcher.operations)
    }
    return set.files.compactMap { results[$0.name] }
  }

  private func removeLeftovers() throws {
    let folders = Set(set.files.map { folder(of: "\(path)/\($0.name)") })
    for folder in folders where Folder.isFolder(folder) {
      try AtomicFile.removeStaleTemporaries(in: folder, operations: fetcher.operations)
    }
  }

  private func folder(of path: String) -> String {
    String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
  }

  private func note(_ checked: DataFolder.CheckedFile, _ origin: FetchedFile.Origin) throws {
    let fetched = FetchedFile(set: set.name, file: checked, origin: origin)
    results[checked.file.name] = fetched
    problems[checked.file.name] = nil
    try fetcher.report(.stored(fetched))
  }

  // MARK: - Servers

  private func download() throws {
    guard let inArchive = set.folderInArchive else {
      for file in missing {
        let part = try receive(file)
        try part.complete()
        let target = "\(path)/\(file.name)"
        let state: DataFileState =
          file.sha256 == nil ? .unverifiable(found: try SHA256.file(at: target)) : .verified
        try note(.init(file: file, path: target, state: state), .downloaded)
      }
      return
    }
    for archive in set.downloads {
      let part = try receive(archive)
      do {
        try unpack(part.path, folder: inArchive, isVerified: archive.sha256 != nil)
      } catch let failure as Failure where failure.exitCode == .dataMissing {
        // Nothing can be continued that is damaged.
        try part.remove()
        throw failure
      }
    }
    for file in missing {
      problems[file.name] = problems[file.name] ?? "the archive has no such file"
    }
  }

  private func receive(_ file: OfficialFile) throws -> PartialFile {
    let target = "\(path)/\(file.name)"
    try Folder.create(at: folder(of: target))
    let part = try PartialFile(for: target, operations: fetcher.operations)
    try Download(
      file: file, name: "\(set.name)/\(file.name)", addresses: addresses(of: file), part: part,
      report: fetcher.report
    ).perform()
    return part
  }

  private func addresses(of file: OfficialFile) -> [String] {
    guard case .mirror(let address) = fetcher.source else { return file.addresses }
    return [address + (address.hasSuffix("/") ? "" : "/") + "\(set.name)/\(file.name)"]
  }

  // MARK: - Copies

  private func copy(from copies: LocalCopies) throws {
    try take(from: copies, isLenient: false)
    if fetcher.allowsUnverified, !missing.isEmpty { try take(from: copies, isLenient: true) }
    for file in missing where problems[file.name] == nil {
      problems[file.name] = DataFileState.missing.reason
    }
  }

  private func take(from copies: LocalCopies, isLenient: Bool) throws {
    for file in missing {
      for place in copies.places(of: file) where results[file.name] == nil {
        guard let bytes = try LocalCopies.bytes(at: place, of: file) else {
          problems[file.name] = "\(Failure.quote(path: place)) is too large"
          continue
        }
        try offer(bytes, of: file, .copied, isLenient: isLenient)
      }
    }
    for archive in copies.archives where !missing.isEmpty {
      do {
        try unpack(
          archive, folder: set.folderInArchive ?? "", isVerified: false, isLenient: isLenient)
      } catch let failure as Failure where failure.exitCode == .dataMissing {
        for file in missing { problems[file.name] = "\(archive): \(failure.why ?? failure.what)" }
      }
    }
  }

  /// Takes what is missing out of an archive.
  private func unpack(
    _ archive: String, folder: String, isVerified: Bool, isLenient: Bool = false
  ) throws {
    let files = Dictionary(uniqueKeysWithValues: missing.map { ("\(folder)/\($0.name)", $0) })
    func open() throws -> TarArchive {
      try TarArchive(archive, maximumSize: set.maximumUnpackedSize) { [fetcher] in
        try fetcher.report(.unpacking(archive: archive))
      }
    }
    // Without checksums of the files, only that of gzip tells that the archive is whole.
    if !isVerified, files.values.contains(where: { $0.content == nil }) {
      try open().checkPacking()
    }
    try open().read(files.mapValues { $0.content?.size ?? $0.maximumSize }) { member, bytes in
      guard let file = files[member], results[file.name] == nil else { return }
      try offer(bytes, of: file, .unpacked, isLenient: isLenient)
    }
  }

  /// Puts bytes into the place of a file when they are what is published, or nobody minds.
  private func offer(
    _ bytes: [UInt8], of file: OfficialFile, _ origin: FetchedFile.Origin, isLenient: Bool
  ) throws {
    let state = file.check(bytes)
    guard state.isUsable || isLenient else {
      if problems[file.name] == nil { problems[file.name] = state.reason }
      return
    }
    let target = "\(path)/\(DataFolder.name(of: file, holding: bytes))"
    try Folder.create(at: self.folder(of: target))
    let old = fetcher.folder.location(of: file.name, in: set)
    try AtomicFile.write(bytes, to: target, operations: fetcher.operations)
    // A file that is not as published must not be found before the new one.
    if old != target, Folder.exists(old), fetcher.folder.location(of: file.name, in: set) != target
    {
      do {
        try fetcher.operations.remove(old)
      } catch {
        throw Failure.system(error, cannot: "remove", old)
      }
    }
    try note(.init(file: file, path: target, state: state), origin)
  }

  // MARK: - Failure

  /// How many files a message names.
  private static let mostNamed = 12

  private var failure: Failure? {
    let names = missing.map(\.name)
    guard let first = names.first else { return nil }
    let count = "\(names.count) of \(set.files.count) files"
    var lines = names.prefix(Self.mostNamed).map { "\($0): \(problems[$0] ?? "")" }
    if names.count > lines.count { lines.append("and \(names.count - lines.count) more") }
    let why = lines.joined(separator: "\n")
    guard case .folder(let folder) = fetcher.source else {
      return Failure(
        .dataMissing, "\(set.name): the archive lacks \(count)", why: why,
        help: "fetch from another place with --mirror URL, or take local copies with --from DIR")
    }
    let isRefused = problems[first] != DataFileState.missing.reason
    let remark = LocalCopies(set: set, path: folder).remark
    return Failure(
      .dataMissing, "\(set.name): no valid copy of \(count) in \(Failure.quote(path: folder))",
      why: remark.map { "\($0)\n\(why)" } ?? why,
      help: isRefused
        ? "fetch the set without --from, or take copies as they are with --allow-unverified"
        : "look into \(Failure.quote(path: folder)), or fetch the set without --from")
  }
}

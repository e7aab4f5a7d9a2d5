import Datasets
import Store

/// The download of one file from the first of its addresses that has it.
///
/// What earlier attempts received is continued; a server that does not continue files, and bytes
/// that turn out not to be the published ones, make it start again.
struct Download {
  /// The file that is published at the addresses.
  let file: OfficialFile
  /// Name for messages, such as `mnist/train-images-idx3-ubyte.gz`.
  let name: String
  /// Where it can be had.
  let addresses: [String]
  /// Where it goes.
  let part: PartialFile
  /// Is told what happens, and throws when the user wants to stop.
  let report: (FetchEvent) throws -> Void

  /// Bytes that a file without a published size may have.
  static let unknownSize = 4 << 30
  /// How often an address may make us start again.
  private static let mostRestarts = 2

  private var limit: Int { file.size ?? Self.unknownSize }

  /// An address has sent more than there can be.
  private struct TooLarge: Error {}

  /// Receives the file; afterwards all its bytes, checked, stand in ``part``.
  ///
  /// - Throws: ``Failure``: data missing when no address has it, input/output when it cannot be
  ///   written.
  func perform() throws {
    var problems: [String] = []
    for address in addresses {
      guard let problem = try receive(from: address) else { return }
      problems.append("\(address): \(problem)")
    }
    throw Failure(
      .dataMissing, "\(name): cannot be fetched", why: problems.joined(separator: "\n"),
      help: """
        give the same command again, which goes on where this one stopped; \
        or take local copies with --from DIR
        """)
  }

  /// Tries one address.
  ///
  /// - Returns: what speaks against it; nil when the file is complete.
  private func receive(from address: String) throws -> String? {
    var restarts = 0
    func restart(because problem: String) throws -> Bool {
      try part.restart()
      restarts += 1
      guard restarts <= Self.mostRestarts else { return false }
      try report(.restarted(name: name, why: problem))
      return true
    }
    if part.count > limit { try part.restart() }
    while true {
      let before = part.count
      if part.count != file.size {
        try report(.started(name: name, origin: address, received: before, total: file.size))
        switch try transfer(address) {
        case .complete: break
        case .nothingMore where file.size == nil: break
        case .nothingMore, .notContinued:
          let problem = "the server cannot resume downloads"
          guard try restart(because: problem) else { return problem }
          continue
        case .failed(let problem):
          // A connection that broke after some bytes is taken up where it broke.
          if part.count > before, part.count <= limit { continue }
          if part.count > limit { try part.restart() }
          return problem
        }
      }
      guard let problem = try difference() else { return nil }
      // The bytes from before may have been others than those that the server has now.
      guard before > 0, try restart(because: problem) else {
        try part.restart()
        return problem
      }
    }
  }

  private func transfer(_ address: String) throws -> WebTransfer.Outcome {
    func progress() throws {
      try report(.progress(name: name, received: part.count, total: file.size))
    }
    let transfer = WebTransfer { bytes in
      guard part.count + bytes.count <= limit else { throw TooLarge() }
      try part.append(bytes)
      try progress()
    } observe: {
      try progress()
    }
    do {
      return try transfer.get(address, from: part.count)
    } catch is TooLarge {
      try part.restart()
      return .failed("the server sends more than the \(limit) bytes that are expected")
    }
  }

  /// How what was received differs from what is published; nil when it does not.
  private func difference() throws -> String? {
    if let size = file.size, part.count != size {
      return DataFileState.wrongSize(expected: size, found: part.count).reason
    }
    guard let sha256 = file.sha256 else {
      return part.count == 0 ? "the server sends an empty file" : nil
    }
    try report(.checking(name: name))
    let found = try SHA256.file(at: part.path, missing: .inputOutput)
    return found == sha256
      ? nil : DataFileState.wrongChecksum(expected: sha256, found: found).reason
  }
}

import Datasets
import Store
import TestSupport
import Testing

@testable import CommandLine

@Suite struct DataVerbTests {
  private static let modules = OfficialDataSet.mathematics.files.map(\.name)

  /// A folder with small files of the set that is published without checksums.
  private func putProblems(_ folder: String) throws {
    for name in Self.modules {
      let path = "\(folder)/\(name)"
      try Folder.create(at: String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
      try AtomicFile.write("What is 1 + 1?\n2\n", to: path, operations: QuickFileOperations())
    }
  }

  @Test func listShowsTheSetsAndWhetherTheyAreThere() throws {
    try withTemporaryFolder { folder in
      let terminal = Terminal()
      try Folder.create(at: folder + "/mnist")
      try AtomicFile.write("x", to: folder + "/mnist/train-images-idx3-ubyte.gz")
      #expect(terminal.run(["data", "list", "mnist", "mathematics", "--data", folder]) == .success)
      #expect(
        terminal.output == """
          mnist        60,000 + 10,000 grey images of handwritten digits, 28×28
                       11.1 MiB; licence: not stated in the files; 1 of 4 files in \(folder)/mnist
                       LeCun, Cortes, Burges: The MNIST database of handwritten digits
          mathematics  Mathematics Dataset v1.0, questions and answers as text
                       size not published; licence: Apache-2.0; not present
                       Saxton, Grefenstette, Hill, Kohli: Analysing Mathematical Reasoning Abilities \
          of Neural Models. ICLR 2019

          """)
      let json = Terminal()
      #expect(json.run(["data", "list", "--data", folder, "--json"]) == .success)
      #expect(try json.records.map { $0["name"]?.stringValue } == OfficialDataSet.all.map(\.name))
      #expect(try json.records[3]["files_present"] == 1)
    }
  }

  @Test func verifySaysWhatIsWrongWithEachFile() throws {
    try withTemporaryFolder { folder in
      try Folder.create(at: folder + "/mnist")
      try AtomicFile.write("x", to: folder + "/mnist/t10k-labels-idx1-ubyte.gz")
      try AtomicFile.write(
        [UInt8](repeating: 0, count: 60_008), to: folder + "/mnist/train-labels-idx1-ubyte")
      let terminal = Terminal()
      #expect(terminal.run(["data", "verify", "--data", folder]) == .dataMissing)
      #expect(
        terminal.output == """
          set    file                        state
          mnist  train-images-idx3-ubyte.gz  missing         there is no such file
          mnist  train-labels-idx1-ubyte.gz  wrong checksum  SHA-256 \
          \(SHA256.digest(of: [UInt8](repeating: 0, count: 60_008))), published is \
          65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5
          mnist  t10k-images-idx3-ubyte.gz   missing         there is no such file
          mnist  t10k-labels-idx1-ubyte.gz   wrong size      1 bytes, published are 10008

          """)
      #expect(
        terminal.error
          == "mnist: 'modlab data fetch mnist --data \(folder)' fetches what is missing or wrong\n")
      let json = Terminal()
      #expect(json.run(["data", "verify", "mnist", "--data", folder, "--json"]) == .dataMissing)
      let wrong = try json.records[1]
      #expect(wrong["schema"] == "modlab-data-file-1")
      #expect(wrong["state"] == "wrong checksum")
      #expect(wrong["found_sha256"]?.stringValue?.count == 64)
      // Sets that were never fetched count only when they are named.
      let none = Terminal()
      #expect(none.run(["data", "verify", "--data", folder + "/none"]) == .success)
      #expect(none.error == "there is no data set in \(folder)/none\n")
      #expect(Terminal().run(["data", "verify", "scan", "--data", folder]) == .dataMissing)
    }
  }

  @Test func fetchTakesCopiesAndIsIdempotent() throws {
    try withTemporaryFolder { folder in
      try putProblems(folder + "/copies")
      let words = ["data", "fetch", "mathematics", "--from", folder + "/copies", "--data", folder]
      let terminal = Terminal()
      #expect(terminal.run(words) == .success, "\(terminal.error)")
      #expect(terminal.output == "mathematics: 20 files in \(folder)/mathematics, 20 new\n")
      #expect(
        terminal.error == "mathematics: no checksums are published; 20 files not verified\n")
      let again = Terminal()
      #expect(again.run(words + ["--json"]) == .success)
      #expect(try again.records.map { $0["origin"] } == Self.modules.map { _ in "kept" })
      let verify = Terminal()
      #expect(verify.run(["data", "verify", "--data", folder]) == .success)
      #expect(verify.output.contains("no published checksum  SHA-256 "))
    }
  }

  @Test func whatIsNotTheOfficialFileIsTakenOnlyWhenItIsAllowed() throws {
    try withTemporaryFolder { folder in
      let copies = folder + "/copies"
      try Folder.create(at: copies)
      for file in OfficialDataSet.scan.files {
        try AtomicFile.write("x", to: "\(copies)/\(file.name)")
      }
      let words = ["data", "fetch", "scan", "--from", copies, "--data", folder]
      let refused = Terminal()
      #expect(refused.run(words) == .dataMissing)
      #expect(refused.error.hasPrefix("error: scan: no valid copy of 8 of 8 files in '\(copies)'"))
      let allowed = Terminal()
      #expect(allowed.run(words + ["--allow-unverified"]) == .success)
      #expect(allowed.error.contains("warning: \(folder)/scan/tasks_train_simple.txt is not the"))
      #expect(Terminal().run(["data", "verify", "scan", "--data", folder]) == .dataMissing)
    }
  }

  @Test(arguments: [
    (["fetch", "mnits"], "did you mean 'mnist'?"),
    (["verify", "cifar"], "did you mean 'cifar10'?"),
    (["list", "x"], "see 'modlab data list'"), (["fetch"], "needs at least one NAME"),
    (["fetch", "scan", "--form", "x"], "did you mean '--from'?"),
    (["fetch", "scan", "--from", "/", "--mirror", "http://x"], "exclude each other"),
    (["fetch", "scan", "--mirror", "ftp://x"], "begins with http://, https:// or file://"),
    (["fetsh", "scan"], "did you mean 'fetch'?"),
  ])
  func mistakesAreUsageErrors(words: [String], text: String) {
    let terminal = Terminal()
    #expect(terminal.run(["data"] + words) == .usage)
    #expect(terminal.error.contains(text), "\(terminal.error)")
  }

  @Test func aMissingFolderOfCopiesIsNamed() {
    let terminal = Terminal()
    #expect(terminal.run(["data", "fetch", "scan", "--from", "/none"]) == .dataMissing)
    #expect(terminal.error == "error: there is no folder '/none'\n  help: check --from\n")
  }
}

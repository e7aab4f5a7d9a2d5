import Datasets
import Foundation
import Store
import TestSupport
import Testing

struct OfficialDataSetTests {
  @Test("names are different, checksums complete and addresses whole")
  func entries() {
    #expect(OfficialDataSet.all.map(\.name) == OfficialDataSet.all.map(\.name).sorted())
    #expect(OfficialDataSet.named("scan") == .scan)
    #expect(OfficialDataSet.named("imagenet") == nil)
    for set in OfficialDataSet.all {
      #expect(Set(set.files.map(\.name)).count == set.files.count)
      #expect((set.folderInArchive == nil) == (set.files == set.downloads))
      for file in set.downloads {
        #expect(!file.addresses.isEmpty)
        #expect(
          file.addresses.allSatisfy { $0.hasPrefix("http") && $0.hasSuffix(file.name) })
      }
      for file in set.files + set.downloads {
        for checksum in [file.sha256, file.content?.sha256] {
          guard let checksum else { continue }
          #expect(checksum.count == 64)
          #expect(checksum.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        }
        // Only the archive of mathematics is published without any checksum.
        #expect((file.sha256 == nil) == (set == .mathematics))
      }
    }
  }

  @Test("a file that is missing names its set, folder and origin")
  func missing() throws {
    try withTemporaryFolder { folder in
      let data = DataFolder(folder)
      #expect(!data.has(.mnist))
      #expect(
        failure { _ = try data.mnist() }?.description == """
          mnist: cannot read '\(folder)/mnist/train-images-idx3-ubyte.gz'
            why: there is no such file
            help: fetch it with 'modlab data fetch mnist --data \(folder)', or take local copies with \
          --from DIR
          """)
      #expect(DataFolder.standard.fetchCommand(.scan) == "modlab data fetch scan")
      #expect(
        DataFolder("a b").fetchCommand(.scan) == "modlab data fetch scan --data \"a b\"")
      for set in [{ _ = try data.fashionMNIST() }, { _ = try data.cifar10() }] {
        #expect(failure(set)?.exitCode == .dataMissing)
      }
      #expect(failure { _ = try data.scan(.jump) }?.exitCode == .dataMissing)
      #expect(failure { _ = try data.mathematics("x", part: "y") }?.exitCode == .dataMissing)
      // Files that no command fetches.
      #expect(
        failure { _ = try data.mathematics("x", part: "y") }?.help
          == "put it there; mathematics is published at "
          + "https://storage.googleapis.com/mathematics-dataset/mathematics_dataset-v1.0.tar.gz")
    }
  }

  @Test("files are found with and without .gz, and wrong numbers of examples refused")
  func reading() throws {
    try withTemporaryFolder { folder in
      let data = DataFolder(folder)
      try Folder.create(at: "\(folder)/scan")
      try Folder.create(at: "\(folder)/mnist")
      let line = "IN: run OUT: I_RUN\n"
      try AtomicFile.write(line, to: "\(folder)/scan/tasks_train_simple.txt.gz")
      #expect(
        data.location(of: "tasks_train_simple.txt", in: .scan)
          == "\(folder)/scan/tasks_train_simple.txt.gz")
      #expect(
        failure { _ = try data.scan(.simple) }?.what == "1 lines instead of 16728")
      try AtomicFile.write("", to: "\(folder)/mnist/train-labels-idx1-ubyte")
      #expect(
        data.location(of: "train-labels-idx1-ubyte.gz", in: .mnist)
          == "\(folder)/mnist/train-labels-idx1-ubyte")
      try AtomicFile.write("x", to: "\(folder)/mnist/train-labels-idx1-ubyte.gz")
      #expect(
        data.location(of: "train-labels-idx1-ubyte.gz", in: .mnist)
          == "\(folder)/mnist/train-labels-idx1-ubyte.gz")
    }
  }

  @Test("images of another number or size than the published ones are refused")
  func otherImages() throws {
    try withTemporaryFolder { folder in
      try Folder.create(at: "\(folder)/mnist")
      try AtomicFile.write(
        IDXFileTests.header([1, 28, 28]) + [UInt8](repeating: 0, count: 784),
        to: "\(folder)/mnist/train-images-idx3-ubyte")
      try AtomicFile.write(
        IDXFileTests.header([1]) + [7], to: "\(folder)/mnist/train-labels-idx1-ubyte")
      #expect(
        failure { _ = try DataFolder(folder).mnist() }?.description == """
          \(folder)/mnist/train-images-idx3-ubyte: byte 4: 1 images of 28×28
            why: mnist has 60000 of 28×28 here
            help: fetch the file again; it is not the published one
          """)
    }
  }

  @Test("sets of the published size are read from a folder")
  func wholeSet() throws {
    try withTemporaryFolder { folder in
      try Folder.create(at: "\(folder)/scan")
      let (train, test) = SCAN.generate(.length, random: .init(key: [1, 2, 3, 4]))
      for (name, part) in [("train", train), ("test", test)] {
        let text = (0..<part.count).map { SCAN.line(part, $0) + "\n" }.joined()
        try AtomicFile.write(text, to: "\(folder)/scan/tasks_\(name)_length.txt")
      }
      let read = try DataFolder(folder).scan(.length)
      #expect(read.train == train)
      #expect(read.test == test)
    }
  }
}

/// The page about the data sets at the top of the repository.
struct DataPageTests {
  @Test("the page has every set, and every file with its size and checksum")
  func page() throws {
    let root = URL(fileURLWithPath: #filePath).pathComponents.dropLast(4).dropFirst()
    let path = "/" + root.joined(separator: "/") + "/data/README.md"
    let text = String(decoding: try InputFile.bytes(at: path), as: UTF8.self)
    for set in OfficialDataSet.all {
      #expect(text.contains("| `\(set.name)` | "))
      for file in set.downloads + set.files {
        guard let sha256 = file.sha256, let size = file.size else { continue }
        let digits = Array(String(size))
        let grouped = digits.indices.reduce(into: "") { text, index in
          if index > 0, (digits.count - index) % 3 == 0 { text += "," }
          text.append(digits[index])
        }
        #expect(text.contains("\(file.name)` | \(grouped) | `\(sha256)` |"), "\(file.name)")
      }
    }
  }
}

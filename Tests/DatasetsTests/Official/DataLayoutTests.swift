import Store
import TestSupport
import Testing

@testable import Datasets

/// Data folders that other programs, or the authors, have laid out.
struct DataLayoutTests {
  private func put(_ bytes: [UInt8], _ path: String) throws {
    try Folder.create(at: String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
    try AtomicFile.write(to: path, operations: QuickFileOperations()) { try $0.append(bytes) }
  }

  @Test(
    "files are found where published archives, repositories and other programs keep them",
    arguments: [
      ("mnist", "train-labels-idx1-ubyte.gz", "MNIST/raw/train-labels-idx1-ubyte.gz"),
      ("mnist", "train-labels-idx1-ubyte.gz", "MNIST/raw/train-labels-idx1-ubyte"),
      ("mnist", "train-labels-idx1-ubyte.gz", "mnist/MNIST/raw/train-labels-idx1-ubyte"),
      ("mnist", "train-labels-idx1-ubyte.gz", "mnist/raw/train-labels-idx1-ubyte"),
      ("fashion-mnist", "t10k-labels-idx1-ubyte.gz", "FashionMNIST/raw/t10k-labels-idx1-ubyte"),
      (
        "fashion-mnist", "t10k-labels-idx1-ubyte.gz",
        "fashion-mnist/data/fashion/t10k-labels-idx1-ubyte.gz"
      ),
      ("cifar10", "test_batch.bin", "cifar-10-batches-bin/test_batch.bin"),
      ("cifar10", "test_batch.bin", "cifar10/cifar-10-batches-bin/test_batch.bin"),
      ("scan", "tasks_train_simple.txt", "simple_split/tasks_train_simple.txt"),
      ("scan", "tasks_test_length.txt", "SCAN/length_split/tasks_test_length.txt"),
      (
        "scan", "tasks_test_addprim_jump.txt",
        "scan/SCAN-master/add_prim_split/tasks_test_addprim_jump.txt"
      ),
      (
        "mathematics", "train-easy/comparison__sort.txt",
        "mathematics_dataset-v1.0/train-easy/comparison__sort.txt"
      ),
      (
        "mathematics", "interpolate/comparison__sort.txt",
        "mathematics/mathematics_dataset-v1.0/interpolate/comparison__sort.txt.gz"
      ),
    ])
  func found(set: String, name: String, place: String) throws {
    try withTemporaryFolder { folder in
      let set = try #require(OfficialDataSet.named(set))
      let data = DataFolder(folder)
      #expect(data.location(of: name, in: set) == "\(folder)/\(set.name)/\(name)")
      try put([1], "\(folder)/\(place)")
      #expect(data.location(of: name, in: set) == "\(folder)/\(place)")
      #expect(data.presentCount(of: set) == 1)
      // The folder of the set comes first.
      try put([2], "\(folder)/\(set.name)/\(name)")
      #expect(data.location(of: name, in: set) == "\(folder)/\(set.name)/\(name)")
    }
  }

  @Test("a folder whose name does not tell the set is not looked into beside other sets")
  func ambiguous() throws {
    try withTemporaryFolder { folder in
      for place in ["raw", "data/fashion", "FashionMNIST/raw"] {
        try put([1], "\(folder)/\(place)/train-labels-idx1-ubyte")
      }
      let data = DataFolder(folder)
      #expect(data.presentCount(of: .mnist) == 0)
      #expect(
        data.location(of: "train-labels-idx1-ubyte.gz", in: .fashionMNIST)
          == "\(folder)/FashionMNIST/raw/train-labels-idx1-ubyte")
    }
  }

  @Test("a set is read from a clone of its repository")
  func clone() throws {
    try withTemporaryFolder { folder in
      let (train, test) = SCAN.generate(.length, random: .init(key: [1, 2, 3, 4]))
      for (name, part) in [("train", train), ("test", test)] {
        let text = (0..<part.count).map { SCAN.line(part, $0) + "\n" }.joined()
        try put(Array(text.utf8), "\(folder)/SCAN/length_split/tasks_\(name)_length.txt")
      }
      #expect(try DataFolder(folder).scan(.length).train == train)
    }
  }

  @Test(
    "another version of a set is named, with what is needed instead",
    arguments: [
      ("data_batch_1", "Python version of CIFAR-10"),
      ("cifar10/data_batch_1", "Python version of CIFAR-10"),
      ("cifar-10-batches-py/data_batch_1", "Python version of CIFAR-10"),
      ("cifar-10-python.tar.gz", "Python version of CIFAR-10"),
      ("cifar10/data_batch_1.mat", "MATLAB version of CIFAR-10"),
    ])
  func otherVersion(place: String, title: String) throws {
    try withTemporaryFolder { folder in
      try put([1], "\(folder)/\(place)")
      let failure = failure { _ = try DataFolder(folder).cifar10() }
      #expect(failure?.exitCode == .dataMissing)
      #expect(failure?.why?.contains("is of the \(title); the binary version") == true)
      #expect(failure?.why?.contains("cifar-10-binary.tar.gz") == true)
      #expect(failure?.help?.contains("modlab data fetch cifar10") == true)
    }
  }

  @Test("versions of MNIST in other formats are named; sets without any say nothing")
  func otherFormats() throws {
    try withTemporaryFolder { folder in
      try put([1], "\(folder)/mnist/mnist.npz")
      let failure = failure { _ = try DataFolder(folder).mnist() }
      #expect(failure?.why?.contains("is of the version of Keras; the four IDX files") == true)
      #expect(OfficialDataSet.scan.remarkOnOtherVersions(in: [folder]) == nil)
    }
  }

  @Test("readers and checks name a Git LFS pointer, a web page and a packed file")
  func mistaken() throws {
    let pointer = Array("version https://git-lfs.github.com/spec/v1\noid sha256:0\n".utf8)
    let page = Array("<!DOCTYPE html><html>".utf8)
    for (bytes, text) in [
      (pointer, "a Git LFS pointer, not the file itself"),
      (page, "a web page, not the file itself"),
      (TestArchive.gzip(pointer), "a Git LFS pointer, not the file itself"),
      (TestArchive.gzip(TestArchive.gzip([1, 2])), "compressed by gzip"),
    ] {
      for read in [
        { _ = try SCAN.parse(bytes, file: "x") }, { _ = try IDXFile.parse(bytes, file: "x") },
        { _ = try CIFAR10Batch.parse(bytes, file: "x") },
        { _ = try MathematicsProblems.parse(bytes, file: "x") },
      ] {
        let failure = failure(read)
        #expect(failure?.exitCode == .dataMissing)
        #expect(failure?.what == "x: byte 0: the file is \(text)")
      }
    }
    let file = try #require(OfficialDataSet.scan.files.first)
    #expect(file.check(pointer) == .damaged("it is a Git LFS pointer, not the file itself"))
    let unchecked = try #require(OfficialDataSet.mathematics.files.first)
    #expect(unchecked.check(page) == .damaged("it is a web page, not the file itself"))
    #expect(failure { _ = try IDXFile.parse([], file: "x") }?.what == "x: byte 0: file is empty")
  }
}

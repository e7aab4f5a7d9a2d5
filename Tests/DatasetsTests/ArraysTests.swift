import Datasets
import Foundation
import Store
import Tensors
import TestSupport
import Testing

/// Arrays of users: what NumPy, safetensors and CSV files hold comes out as numbers.
struct ArraysTests {
  static let folder = Bundle.module.bundlePath + "/Fixtures/arrays"

  private func rows(_ array: NumberArray) throws -> [[Double]] {
    let joined = try JoinedArray([array])
    return (0..<joined.count).map { joined.row($0) }
  }

  @Test(
    "every type of NumPy's that is read",
    arguments: [
      "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float16",
      "float32",
      "float64", "bool", "version2",
    ])
  func types(name: String) throws {
    let array = try ArrayReference("\(Self.folder)/\(name).npy").open()
    #expect(array.shape == [2, 3])
    let expected: [[Double]] =
      switch name {
      case "bool": [[0, 1, 0], [1, 0, 1]]
      case "version2": [[0, 1, 2], [3, 4, 5]]
      case let name where name.hasPrefix("u"): [[0, 1, 2], [3, 4, 5]]
      case let name where name.hasPrefix("float"): [[-0.5, -0.25, 0], [0.25, 0.5, 0.75]]
      default: [[-2, -1, 0], [1, 2, 3]]
      }
    #expect(try rows(array) == expected)
  }

  @Test("members of archives, stored and packed", arguments: ["stored", "packed"])
  func archives(name: String) throws {
    let path = "\(Self.folder)/\(name).npz"
    #expect(try rows(ArrayReference(path + "#x").open()) == [[0, 1, 2], [3, 4, 5]])
    #expect(try rows(ArrayReference(path + "#y").open()) == [[1], [0]])
    #expect(try ArrayReference.all(in: path).map(\.part) == ["x", "y"])
    let missing = failure { _ = try ArrayReference(path + "#z").open() }
    #expect("\(missing)".contains("has no array 'z'"))
    let none = failure { _ = try ArrayReference(path).open() }
    #expect("\(none)".contains("which array is meant?"))
  }

  /// Little-endian bytes.
  private static func bytes(_ number: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  /// The header of an array of bytes as NumPy writes it.
  private static func npyHeader(_ count: Int) -> [UInt8] {
    var header = "{'descr': '|u1', 'fortran_order': False, 'shape': (\(count),), }"
    header += String(repeating: " ", count: 117 - header.utf8.count) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0] + bytes(header.utf8.count, 2) + Array(header.utf8)
  }

  /// Writes an archive with an array of so many zeros and a last 7, its sizes and places in the fields of 64 bits,
  /// as Python writes them from 2 GiB on; the zeros are a hole in the file.
  private static func writeWideArchive(_ path: String, count: Int, method: Int = 0) throws {
    let (header, name) = (npyHeader(count), Array("x.npy".utf8))
    let size = header.count + count
    let local =
      bytes(0x0403_4B50, 4) + bytes(45, 2) + bytes(0, 2) + bytes(method, 2) + bytes(0, 8)
      + [UInt8](repeating: 0xFF, count: 8) + bytes(name.count, 2) + bytes(20, 2) + name
      + bytes(1, 2) + bytes(16, 2) + bytes(size, 8) + bytes(size, 8)
    let place = local.count + size
    let entry =
      bytes(0x0201_4B50, 4) + bytes(45, 2) + bytes(45, 2) + bytes(0, 2) + bytes(method, 2)
      + bytes(0, 8) + [UInt8](repeating: 0xFF, count: 8) + bytes(name.count, 2) + bytes(37, 2)
      + bytes(0, 10) + [UInt8](repeating: 0xFF, count: 4) + name
      // A field of another kind in front.
      + bytes(0x5455, 2) + bytes(5, 2) + bytes(0, 5)
      + bytes(1, 2) + bytes(24, 2) + bytes(size, 8) + bytes(size, 8) + bytes(0, 8)
    let wideEnd =
      bytes(0x0606_4B50, 4) + bytes(44, 8) + bytes(45, 2) + bytes(45, 2) + bytes(0, 8) + bytes(1, 8)
      + bytes(1, 8) + bytes(entry.count, 8) + bytes(place, 8)
    let locator = bytes(0x0706_4B50, 4) + bytes(0, 4) + bytes(place + entry.count, 8) + bytes(1, 4)
    let end =
      bytes(0x0605_4B50, 4) + bytes(0, 4) + bytes(0xFFFF, 2) + bytes(0xFFFF, 2)
      + [UInt8](repeating: 0xFF, count: 8) + bytes(0, 2)
    try AtomicFile.write(local + header, to: path)
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try file.seek(toOffset: UInt64(place - 1))
    try file.write(contentsOf: Data([7] + entry + wideEnd + locator + end))
    try file.close()
  }

  @Test("archives beyond 4 GiB are mapped", arguments: [5, 4_400_000_000])
  func wideArchives(count: Int) throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/wide.npz"
      try Self.writeWideArchive(path, count: count)
      let array = try ArrayReference(path + "#x").open()
      #expect(array.shape == [count])
      let joined = try JoinedArray([array])
      #expect(joined.row(count - 2) == [0] && joined.row(count - 1) == [7])
    }
  }

  @Test("a packed array beyond 4 GiB is refused by its name")
  func widePackedArchive() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/wide.npz"
      try Self.writeWideArchive(path, count: 4_400_000_000, method: 8)
      let failure = failure { _ = try ArrayReference(path + "#x").open() }
      #expect(
        failure?.what.hasSuffix("the array 'x' is packed and too large to be unpacked") == true)
      #expect(failure?.help?.contains("np.save: such arrays are mapped") == true)
    }
  }

  @Test("tensors of safetensors files of every type")
  func tensors() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/t.safetensors"
      try Safetensors.write(
        [
          "f": .float32(Tensor([1.5, 2], shape: [2])), "i": .int64([3, -4], [2]),
          "h": .float16([0x3C00, 0xC000], [2]), "b": .bfloat16([0x3FC0, 0], [2]),
          "u": .uint8([255, 1], [2]), "w": .int32([.max, -5], [2]),
          "scalar": .float32(Tensor([1], shape: [])),
        ], to: path)
      for (name, expected) in [
        ("f", [1.5, 2]), ("i", [3, -4]), ("h", [1, -2]), ("b", [1.5, 0]), ("u", [255, 1]),
        ("w", [2_147_483_647, -5]),
      ] as [(String, [Double])] {
        #expect(try rows(ArrayReference("\(path)#\(name)").open()).flatMap(\.self) == expected)
      }
      let wrong = failure { _ = try ArrayReference(path + "#g").open() }
      #expect("\(wrong)".contains("has no tensor 'g'"))
      let scalar = failure { _ = try ArrayReference(path + "#scalar").open() }
      #expect("\(scalar)".contains("is a single number"))
    }
  }

  @Test("columns of CSV files: one, several, lists of numbers, and names of classes")
  func columns() throws {
    let text = "a,b,c,ids,name\n1,2,3,5 6,cat\n-1.5,0,1e2,7 8,dog\n"
    let columns = try CSVColumns(Array(text.utf8), file: "t.csv")
    #expect(try rows(columns.numbers("a")) == [[1], [-1.5]])
    #expect(try rows(columns.numbers("a..c")) == [[1, 2, 3], [-1.5, 0, 100]])
    #expect(try rows(columns.numbers("ids")) == [[5, 6], [7, 8]])
    #expect(try columns.texts("name") == ["cat", "dog"])
    try withTemporaryFolder { folder in
      try AtomicFile.write(text, to: folder + "/t.csv")
      let name = ArrayReference(folder + "/t.csv#name")
      #expect(try ClassArray([name], names: ["dog", "cat"]).classes == [1, 0])
      let unknown = failure { _ = try ClassArray([name], names: ["dog", "cap"]) }
      #expect("\(unknown)".contains("t.csv:2:1: the column 'name' has the class 'cat'"))
      #expect(unknown?.help == "did you mean 'cap'?")
    }
  }

  @Test("names that say no format, and pickles, are refused")
  func formats() {
    let pickle = failure { _ = try ArrayReference("x.pt").open() }
    #expect("\(pickle)".contains("pickles are never read"))
    let missing = failure { _ = try ArrayReference("nowhere.npy").open() }
    #expect(missing?.exitCode == .dataMissing)
  }

  // MARK: - Inputs

  private func joined(_ numbers: [Double], _ shape: Shape) throws -> JoinedArray {
    try JoinedArray([NumberArray(source: "x.npy", numbers, shape: shape)])
  }

  @Test("images come with their channels last, normalised in double precision")
  func images() throws {
    // One image of 2 channels, 1 row, 3 columns.
    let array = try joined([0, 51, 102, 153, 204, 255], [1, 2, 1, 3])
    var form = InputForm(shape: [2, 1, 3])
    form.scale = 255
    form.means = [0.2, 0.6]
    form.deviations = [0.1, 0.2]
    let batch = try InputArray(array, form: form).batch([0])
    #expect(batch.shape == [1, 1, 3, 2])
    var expected: [Float] = []
    for (a, b) in [(0.0, 153.0), (51, 204), (102, 255)] {
      expected.append(Float((a / 255 - 0.2) / 0.1))
      expected.append(Float((b / 255 - 0.6) / 0.2))
    }
    #expect(batch.scalars == expected)
    // The same image with its channels last in the file.
    form.hasChannelsLast = true
    let turned = try joined([0, 153, 51, 204, 102, 255], [1, 1, 3, 2])
    #expect(try InputArray(turned, form: form).batch([0]).scalars == expected)
  }

  @Test("elements are zeroed and reordered in PyTorch's order")
  func changes() throws {
    let array = try joined([1, 2, 3, 4, 5, 6], [1, 2, 1, 3])
    var change = InputChange()
    change.zeros = [1...2, 5...5]
    let form = InputForm(shape: [2, 1, 3])
    #expect(
      try InputArray(array, form: form, change: change).batch([0]).scalars == [1, 4, 0, 5, 0, 0])
    change = InputChange()
    change.order = [5, 4, 3, 2, 1, 0]
    #expect(
      try InputArray(array, form: form, change: change).batch([0]).scalars == [6, 3, 5, 2, 4, 1])
  }

  @Test("numbers become vectors with a single 1")
  func oneHot() throws {
    let array = try joined([2, 0, 1, 1], [2, 2])
    var form = InputForm(shape: [2, 3])
    form.oneHot = 3
    #expect(
      try InputArray(array, form: form).batch([1, 0]).scalars
        == [0, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0])
    form = InputForm(shape: [6])
    form.oneHot = 3
    let flat = try InputArray(array, form: form)
    #expect(flat.batch([0]).scalars == [0, 0, 1, 1, 0, 0])
    try flat.checkNumbers(tokensBelow: nil)
  }

  @Test("shapes that do not fit, NaN and wrong tokens are named")
  func refusals() throws {
    let array = try joined([0, 1, .nan, 3, 4, 5], [2, 3])
    let shape = failure { _ = try InputArray(array, form: InputForm(shape: [4])) }
    #expect(
      shape?.description == """
        the inputs of 'x.npy' have shape 2×3
          why: the network takes N×4
          help: make the arrays and network.input agree; the first axis is that of the examples
        """)
    let inputs = try InputArray(array, form: InputForm(shape: [3]))
    let number = failure { try inputs.checkNumbers(tokensBelow: nil) }
    #expect("\(number)".contains("x.npy: row 0 has the number NaN"))
    let tokens = try InputArray(joined([0, 4, -1, 3], [2, 2]), form: InputForm(shape: [2]))
    let token = failure { try tokens.checkNumbers(tokensBelow: 4) }
    #expect("\(token)".contains("x.npy: row 0 has the token 4"))
    let padded = failure { try tokens.checkNumbers(tokensBelow: 5) }
    #expect("\(padded)".contains("x.npy: row 1 has the token -1"))
    let parts = failure {
      _ = try JoinedArray([
        NumberArray(source: "a.npy", [1, 2], shape: [1, 2]),
        NumberArray(source: "b.npy", [1, 2], shape: [2, 1]),
      ])
    }
    #expect("\(parts)".contains("the examples of 'b.npy' have shape 1"))
  }

  @Test("classes that are none, or count from 1, are named")
  func classes() throws {
    let halves = failure { _ = try ClassArray(joined([0, 0.5], [2])) }
    #expect("\(halves)".contains("x.npy: row 1 has the target 0.5"))
    let one = try ClassArray(joined([1, 2, 3], [3]))
    let counted = failure { try one.check(below: 3, allowsNone: false) }
    #expect("\(counted)".contains("count from 1"))
    try one.check(below: 4, allowsNone: false)
    let none = try ClassArray(joined([-1, 2], [2]))
    try none.check(below: 3, allowsNone: true)
    #expect(failure { try none.check(below: 3, allowsNone: false) } != nil)
  }
}

import Store
import TestSupport
import Testing

struct CSVTableTests {
  @Test("a table is written as RFC 4180 says")
  func writing() {
    let table = CSVTable(
      header: ["name", "value"],
      rows: [
        ["a", "0.5"], ["b,c", "say \"x\""], ["two\nlines", ""], ["ü", " 1 "], ["\r", "x"],
      ])
    #expect(
      table.serialized()
        == "name,value\na,0.5\n\"b,c\",\"say \"\"x\"\"\"\n\"two\nlines\",\nü, 1 \n\"\r\",x\n")
    #expect(CSVTable(header: ["one"], rows: [[""], ["x"]]).serialized() == "one\n\"\"\nx\n")
    #expect(table.column("value") == 1)
    #expect(table.column("other") == nil)
  }

  @Test("what is written is read back, hostile names included")
  func roundTrip() throws {
    let fields = [
      "", "a", ",", "\"", "\"\"", "\n", "\r\n", "\r", "a\"b,c\nd", "../x", "\0", "é", "e\u{0301}",
      "\"\u{0301}", "\u{FEFF}x", String(repeating: "n", count: 10_000), "=1+1", "'", " ",
    ]
    for width in 1...3 {
      let rows = (0..<fields.count).map { row in
        (0..<width).map { fields[(row + $0) % fields.count] }
      }
      let table = CSVTable(header: (0..<width).map { "\u{FEFF}c\($0)" }, rows: rows)
      let read = try CSVTable.parse(table.serialized(), file: "t.csv")
      #expect(read.serialized().utf8.elementsEqual(table.serialized().utf8))
      #expect(read == table)
    }
  }

  @Test("random tables survive a round trip")
  func randomRoundTrip() throws {
    var numbers = TestNumbers(3)
    let alphabet = Array("ab,\"\n\r ü").map(String.init) + ["\r\n"]
    for _ in 0..<500 {
      let width = 1 + numbers.next(below: 4)
      let rows = (0..<numbers.next(below: 5)).map { _ in
        (0..<width).map { _ in
          (0..<numbers.next(below: 5)).map { _ in alphabet[numbers.next(below: alphabet.count)] }
            .joined()
        }
      }
      let table = CSVTable(header: (0..<width).map { "c\($0)" }, rows: rows)
      #expect(try CSVTable.parse(table.serialized(), file: "t.csv") == table)
    }
  }

  @Test("line ends, byte order mark and a missing last line feed are understood")
  func variants() throws {
    let table = CSVTable(header: ["a", "b"], rows: [["1", "2"], ["", "x"]])
    for text in [
      "a,b\n1,2\n,x\n", "a,b\n1,2\n,x", "a,b\r\n1,2\r\n,x\r\n", "\u{FEFF}a,b\n1,2\n,x\n",
      "\"a\",\"b\"\n\"1\",\"2\"\n\"\",\"x\"\n",
    ] {
      #expect(try CSVTable.parse(text, file: "t.csv") == table)
    }
    #expect(try CSVTable.parse("a\n\n", file: "t.csv").rows == [[""]])
    #expect(try CSVTable.parse("a,b\n", file: "t.csv").rows.isEmpty)
    #expect(try CSVTable.parse("a,b\n1,", file: "t.csv").rows == [["1", ""]])
  }

  @Test("places count characters, also after a byte order mark")
  func places() {
    let failure = failure { _ = try CSVTable.parse("\u{FEFF}a,b\nüü,x\"\n", file: "t.csv") }
    #expect(failure?.location == Store.SourceLocation(file: "t.csv", line: 2, column: 5))
  }

  @Test("more columns than a table can have are refused")
  func limits() throws {
    let names = (0..<10_001).map { "c\($0)" }
    let failure = failure {
      _ = try CSVTable.parse(names.joined(separator: ","), file: "t.csv")
    }
    #expect(
      failure?.description == "t.csv:1:58891: too many columns\n  why: at most 10000 are read")
    let widest = names.dropLast().joined(separator: ",")
    #expect(try CSVTable.parse(widest, file: "t.csv").header.count == 10_000)
  }

  @Test("rows that were read are like rows that were made")
  func rows() throws {
    let made = CSVTable(header: ["a", "b"], rows: [["1", "x\"y"], ["", "\n"], ["3", "z"]])
    let read = try CSVTable.parse(made.serialized(), file: "t.csv")
    #expect(read.rows == made.rows)
    #expect(read.hashValue == made.hashValue)
    #expect(read.rows.count == 3)
    #expect(read.rows[1] == ["", "\n"])
    #expect(Array(read.rows) == [["1", "x\"y"], ["", "\n"], ["3", "z"]])
    #expect(read.rows.dropFirst().map { $0[0] } == ["", "3"])
    #expect(read.rows != [["1", "x\"y"], ["", "\n"], ["3", "Z"]])
    #expect(CSVTable(header: ["a"]).rows.isEmpty)
  }

  @Test("files are written and read, and missing ones reported as asked")
  func files() throws {
    try withTemporaryFolder { folder in
      let table = CSVTable(header: ["a"], rows: [["1"]])
      try table.write(to: "\(folder)/t.csv")
      #expect(try CSVTable.read("\(folder)/t.csv") == table)
      let missing = failure { _ = try CSVTable.read("\(folder)/none.csv", missing: .corrupt) }
      #expect(missing?.exitCode == .corrupt)
      try AtomicFile.write("a\n\"", to: "\(folder)/bad.csv")
      let bad = failure { _ = try CSVTable.read("\(folder)/bad.csv", exitCode: .dataMissing) }
      #expect(bad?.exitCode == .dataMissing)
      #expect(bad?.location?.file == "\(folder)/bad.csv")
    }
  }
}

import Datasets
import Runner
import Store
import Synchronization
import Testing

@testable import CommandLine
@testable import Fetching

@Suite struct FetchDisplayTests {
  /// What a display writes for a download that is told every quarter of a second, or as often as
  /// said.
  private func text(_ style: ProgressStyle, step: Double = 0.25, isJSON: Bool = false) throws
    -> (error: String, output: String)
  {
    let texts = Mutex(("", ""))
    let time = Mutex(0.0)
    let console = Console(
      isJSON: isJSON, output: { text in texts.withLock { $0.1 += text } }, error: { _ in })
    let display = FetchDisplay(
      console, style: style, clock: { time.withLock { $0 } }, timestamp: { "TIME" },
      width: { 80 }, write: { text in texts.withLock { $0.0 += text } })
    let name = "mnist/train-images-idx3-ubyte.gz"
    func show(_ event: FetchEvent) throws {
      try display.show(event)
      time.withLock { $0 += step }
    }
    try show(.started(name: name, origin: "http://x/y.gz", received: 1 << 20, total: 4 << 20))
    try show(.progress(name: name, received: 2 << 20, total: 4 << 20))
    try show(.restarted(name: name, why: "the server cannot resume downloads"))
    try show(.started(name: name, origin: "http://x/y.gz", received: 0, total: 4 << 20))
    try show(.progress(name: name, received: 3 << 20, total: 4 << 20))
    try show(.checking(name: name))
    let file = DataFolder.CheckedFile(
      file: OfficialDataSet.mnist.files[0], path: "data/x", state: .verified)
    try show(.stored(FetchedFile(set: "mnist", file: file, origin: .downloaded)))
    try show(.unpacking(archive: "a.tar.gz"))
    try show(.unpacking(archive: "a.tar.gz"))
    display.end()
    return texts.withLock { ($0.0, $0.1) }
  }

  @Test func linesFollowOneAnotherWithoutATerminal() throws {
    #expect(
      try text(.lines).error == """
        TIME fetching mnist/train-images-idx3-ubyte.gz from http://x/y.gz, 4 MiB, 1 MiB already received
        TIME mnist/train-images-idx3-ubyte.gz: starting again: the server cannot resume downloads
        TIME fetching mnist/train-images-idx3-ubyte.gz from http://x/y.gz, 4 MiB
        TIME mnist/train-images-idx3-ubyte.gz downloaded
        TIME unpacking a.tar.gz

        """)
  }

  @Test func aSlowDownloadGivesASignOfLife() throws {
    let lines = try text(.lines, step: 61).error.split(separator: "\n")
    #expect(
      lines[1]
        == "TIME mnist/train-images-idx3-ubyte.gz [#####-----] 2 MiB of 4 MiB  16.8 KiB/s  about 2 min 2 s left"
    )
  }

  @Test func aTerminalShowsOneLineThatIsRedrawn() throws {
    let clear = "\r\u{1B}[K"
    #expect(
      try text(.terminal).error
        == clear
        + "mnist/train-images-idx3-ubyte.gz [#####-----] 2 MiB of 4 MiB  4 MiB/s  about 1 s left"
        .prefix(79) + clear
        + "mnist/train-images-idx3-ubyte.gz: starting again: the server cannot resume downloads\n"
        + clear
        + "mnist/train-images-idx3-ubyte.gz [#######---] 3 MiB of 4 MiB  12 MiB/s  <1 s left"
        .prefix(79) + clear + "mnist/train-images-idx3-ubyte.gz: comparing checksums" + clear
        + "unpacking a.tar.gz" + clear + "unpacking a.tar.gz" + clear)
  }

  @Test func quietIsQuietAndJSONHasRecords() throws {
    #expect(try text(.quiet).error == "")
    let records = try text(.quiet, step: 1, isJSON: true).output.split(separator: "\n").map {
      try JSONValue.parse(String($0), file: "stdout")
    }
    #expect(
      records.map { $0["event"]?.stringValue }
        == ["start", "progress", "restart", "start", "progress", "stored"])
    #expect(records.allSatisfy { $0["schema"] == "modlab-data-event-1" })
    #expect(records[0]["address"] == "http://x/y.gz")
    #expect(records[1]["total"]?.integerValue == 4 << 20)
  }
}

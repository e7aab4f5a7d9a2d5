import Foundation
import Testing

@testable import Store

struct SystemTests {
  @Test("moments are written in UTC")
  func moments() {
    #expect(Timestamp.text(of: 0) == "1970-01-01T00:00:00Z")
    #expect(Timestamp.text(of: 1_717_147_805) == "2024-05-31T09:30:05Z")
    #expect(Timestamp.now().wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil)
  }

  @Test("the monotonic clock never runs backwards")
  func clock() {
    let times = (0..<1000).map { _ in MonotonicClock.seconds() }
    #expect(times == times.sorted())
  }

  @Test("this process has a start, one that is not there has none")
  func processes() throws {
    let start = try #require(Machine.startOfProcess("self"))
    #expect(start > 0)
    #expect(Machine.startOfProcess(String(getpid())) == start)
    #expect(Machine.startOfProcess("0") == nil)
    #expect(Machine.startOfProcess("-1") == nil)
    #expect(!Machine.name.isEmpty)
  }
}

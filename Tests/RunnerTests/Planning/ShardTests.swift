import Store
import TestSupport
import Testing

@testable import Runner

@Suite struct ShardTests {
  private func runs(_ seeds: Range<Int>) -> [RunName] {
    seeds.map { RunName(study: "walk", variant: "main", hash: "0123456789", seed: $0) }
  }

  @Test(arguments: [1, 2, 3, 7])
  func everyRunBelongsToExactlyOneShard(count: Int) {
    let shards = (1...count).map { Shard(number: $0, count: count) }
    for run in runs(0..<200) { #expect(shards.count { $0.contains(run) } == 1) }
    // None gets nearly everything.
    for shard in shards {
      #expect(runs(0..<200).count(where: shard.contains) > 100 / count)
    }
  }

  /// Machines with different versions of modlab must agree, so the division never changes.
  @Test func theDivisionIsFixed() {
    let second = Shard(number: 2, count: 3)
    let numbers = runs(0..<12).filter(second.contains).map(\.seed)
    // As sha256sum of the names says.
    #expect(numbers == [0, 1, 4, 7])
  }

  @Test func textsAreRead() throws {
    #expect(try Shard(parsing: "2/4") == Shard(number: 2, count: 4))
    #expect(Shard(number: 2, count: 4).description == "2/4")
    for text in ["", "2", "0/4", "5/4", "-1/4", "1/0", "1/4/2", "a/b", "1 / 4", "1/9999999"] {
      let failure = #expect(throws: Failure.self) { try Shard(parsing: text) }
      #expect(failure?.exitCode == .usage, "\(text)")
    }
  }

  @Test func aPlanOfAShardHasItsRunsOnlyAndNothingIsStaleForIt() throws {
    try withTemporaryFolder { path in
      let walks = Walks(path)
      var request = try walks.request(seeds: Array(0..<10))
      let all = try Plan.make(request).runs.map(\.name)
      try walks.compute(request)
      var found: [RunName] = []
      for number in 1...3 {
        request.shard = Shard(number: number, count: 3)
        let plan = try Plan.make(request)
        #expect(plan.runs.allSatisfy { $0.reason == .done })
        found += plan.runs.map(\.name)
      }
      #expect(Set(found) == Set(all))
      #expect(found.count == all.count)
    }
  }
}

import Store
import TestSupport
import Testing

@testable import Runner

@Suite struct ShardTests {
  private func runs(_ seeds: Range<Int>) -> [RunName] {
    seeds.map { RunName(study: "walk", variant: "main", hash: "0123456789", seed: $0) }
  }

  /// The parts of one run after the other, with so many shards.
  private func parts(_ runs: [RunName], count: Int) -> [[RunName]] {
    (1...count).map { number in
      let part = Shard(number: number, count: count).part(of: runs)
      return runs.filter(part.contains)
    }
  }

  @Test(arguments: [1, 2, 3, 7, 10])
  func everyRunBelongsToExactlyOneShardAndNoneGetsMoreThanItsShare(count: Int) {
    for size in [1, 10, 201] {
      let parts = parts(runs(0..<size), count: count)
      #expect(Set(parts.joined()).count == size)
      #expect(parts.reduce(0) { $0 + $1.count } == size)
      let sizes = parts.map(\.count)
      #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
    }
  }

  @Test func furtherSeedsMoveNoRun() {
    let other = { (seeds: Range<Int>) in
      seeds.map { RunName(study: "walk", variant: "fast", hash: "9876543210", seed: $0) }
    }
    let few = parts(runs(0..<5) + other(0..<5), count: 4)
    let many = parts(runs(0..<50) + other(0..<50), count: 4)
    for (a, b) in zip(few, many) { #expect(Set(a).isSubset(of: b)) }
  }

  @Test func textsAreRead() throws {
    #expect(try Shard(parsing: "2/4") == Shard(number: 2, count: 4))
    #expect(Shard(number: 2, count: 4).description == "2/4")
    for text in ["", "2", "0/4", "5/4", "-1/4", "1/0", "1/4/2", "a/b", "1 / 4", "1/9999999"] {
      let failure = #expect(throws: Failure.self) { try Shard(parsing: text) }
      #expect(failure?.exitCode == .usage, "\(text)")
    }
  }

  @Test func aPlanOfAShardHasItsRunsOnlyAndNothingIsSupersededForIt() throws {
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

import Masks
import Tensors
import Testing

@testable import Benchmarks

@Suite struct WorkloadTests {
  @Test func `names are unique and found`() {
    let names = Workload.all.map(\.name)
    #expect(Set(names).count == names.count)
    for name in names { #expect(Workload.named(name)?.name == name) }
    #expect(Workload.named("addmul") == nil)
  }

  /// Parameters of the papers' networks: weights with masks, and biases without.
  @Test(arguments: [
    ("addmul-fnn-small", 260_800, 1_020), ("addmul-fnn-medium", 1_969_600, 3_220),
  ])
  func `networks have the papers' sizes`(_ name: String, _ masked: Int, _ others: Int) throws {
    let task = try #require(Workload.named(name)).makeTask()
    #expect(task.masked.reduce(0) { $0 + $1.shape.count } == masked)
    #expect(task.parameters.reduce(0) { $0 + $1.shape.count } == masked + others)
    // Every sample multiplies its part of the batch by every masked weight.
    #expect(task.products.reduce(0) { $0 + $1.inputs * $1.outputs } == masked)
    #expect(task.products.allSatisfy { $0.rows * $0.count == 128 })
  }

  /// The sequence networks of the papers; their synthetic batches have the lengths of SCAN.
  @Test(arguments: [
    ("addmul-lstm", 834_560, 836_628), ("double-add-lstm", 878_592, 880_680),
    ("scan-lstm", 987_000, 990_543), ("scan-transformer", 603_700, 607_607),
  ])
  func `recurrent and sequence networks have the papers' sizes`(
    _ name: String, _ masked: Int, _ all: Int
  ) throws {
    let task = try #require(Workload.named(name)).makeTask()
    #expect(task.masked.reduce(0) { $0 + $1.shape.count } == masked)
    #expect(task.parameters.reduce(0) { $0 + $1.shape.count } == all)
  }

  @Test func `commands have the lengths of SCAN`() {
    let batch = SyntheticBatches.commands(128, 0)
    #expect(batch.inputs.map(\.count).max() == 9 && batch.outputs.map(\.count).max() == 48)
    let mean = Double(batch.outputs.reduce(0) { $0 + $1.count }) / 128
    #expect((11...19).contains(mean), "\(mean)")
  }

  @Test(arguments: BenchmarkStage.allCases, ClipScope.allCases)
  func `a measurement trains`(_ stage: BenchmarkStage, _ scope: ClipScope) throws {
    let workload = try #require(Workload.named("addmul-fnn-small"))
    let found = Measurement(workload, stage: stage, clipScope: scope, steps: 2)
    #expect(found.steps == 2 && found.millisecondsPerStep > 0 && found.cpuMillisecondsPerStep > 0)
    #expect(found.bestMillisecondsPerStep <= found.millisecondsPerStep)
    #expect(found.peakMebibytes > 1 && found.maskedCount == 260_800)
    #expect((found.productMilliseconds ?? 0 > 0) == (stage == .mask))
  }

  @Test func `the convolutional network has the paper's size`() throws {
    let task = try #require(Workload.named("cifar-cnn")).makeTask()
    #expect(task.masked.reduce(0) { $0 + $1.shape.count } == 390_496 + 490)
    #expect(task.products.reduce(0) { $0 + $1.inputs * $1.outputs } == 390_496)
    #expect(task.products.map { $0.rows * $0.count / 128 } == [1024, 256, 64, 16, 1])
  }

  /// In a process of its own, since the pool is shared with all tests that run at the same time.
  @Test func `steps after the warm-up need no new memory`() async {
    await #expect(processExitsWith: .success) {
      for (name, steps) in [("addmul-fnn-small", 3), ("cifar-cnn", 1)] {
        let workload = try #require(Workload.named(name))
        for stage in BenchmarkStage.allCases {
          let subject = Subject(
            workload.makeTask(), stage: stage, batch: workload.batch, clipScope: .trainable)
          for step in 0..<min(steps + 1, 3) { subject.step(step) }
          let before = BufferPool.shared.misses
          for step in 0..<steps { subject.step(3 + step) }
          try #require(BufferPool.shared.misses == before, "\(name), \(stage)")
        }
      }
    }
  }
}

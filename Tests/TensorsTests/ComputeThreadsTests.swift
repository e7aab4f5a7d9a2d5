import Foundation
import Synchronization
import Testing

@testable import Tensors

@Suite struct ComputeThreadsTests {
  @Test(arguments: [1, 2, 5])
  func everyThreadCallsOnceAndAllHaveEnded(count: Int) {
    let threads = Mutex<[UInt]>([])
    ComputeThreads.run(count) {
      threads.withLock { $0.append(UInt(pthread_self())) }
      usleep(1000)
    }
    let seen = threads.withLock { $0 }
    #expect(seen.count == count)
    #expect(Set(seen).count == count)
    #expect(seen.contains(UInt(pthread_self())))
  }

  @Test func theModeIsThatOfTheCallingThread() {
    for flushes in [false, true] {
      let flushing = Count()
      FloatingPointMode.flushingDenormals(flushes) {
        ComputeThreads.run(3) {
          if FloatingPointMode.flushesDenormals { flushing.add(1) }
        }
      }
      #expect(flushing.value == (flushes ? 3 : 0))
    }
  }

  @Test func theKernelLevelIsThatOfTheCallingThread() {
    let levels = Mutex<[KernelLevel]>([])
    KernelLevel.base.use {
      ComputeThreads.run(3) { levels.withLock { $0.append(.active) } }
    }
    #expect(levels.withLock { $0 } == [.base, .base, .base])
  }

  /// OpenBLAS, with one thread per product, called by several threads at the same time.
  @Test func productsHaveTheSameBitsOnEveryThread() {
    let source = RandomSource(seed: 1).stream("products")
    let shapes = [(128, 256, 784), (128, 10, 256), (33, 65, 129), (512, 512, 64), (1, 7, 300)]
    let products = shapes.enumerated().map { index, shape in
      (
        left: source.normal([shape.0, shape.2], step: 2 * index) as Tensor<Float>,
        right: source.normal([shape.2, shape.1], step: 2 * index + 1) as Tensor<Float>
      )
    }
    let before = BLAS.threads
    BLAS.setThreads(1)
    defer { BLAS.setThreads(before) }
    let expected = products.map { $0.left.matrixProduct($0.right) }
    let different = Count()
    ComputeThreads.run(4) {
      for _ in 0..<20 {
        for (product, expected) in zip(products, expected)
        where product.left.matrixProduct(product.right) != expected {
          different.add(1)
        }
      }
    }
    #expect(different.value == 0)
  }
}

/// A number that threads share.
private final class Count: Sendable {
  private let count = Atomic<Int>(0)
  func add(_ number: Int) { count.add(number, ordering: .relaxed) }
  var value: Int { count.load(ordering: .relaxed) }
}

import Foundation
import Tensors
import Testing

@Suite struct ProcessorTests {
  @Test func denormalsAreFlushedOnRequest() async {
    // A thread of its own: the mode belongs to the thread (and is inherited, so its start is not known).
    await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        FloatingPointMode.flushDenormals()
        #expect(FloatingPointMode.flushesDenormals)
        let tiny = Tensor<Float>([1e-30], shape: [1])
        #expect((1e-15 as Float * tiny)[flat: 0] == 0)
        continuation.resume()
      }
    }
  }

  @Test func aBlasCoreIsRecommendedOnlyInPlaceOfASlowOne() {
    if BLAS.slowCores.contains(BLAS.coreName) {
      #expect((BLAS.recommendedCore == nil) == !KernelLevel.v3.isAvailable)
    } else {
      #expect(BLAS.recommendedCore == nil)
    }
    #expect(KernelLevel.base.isAvailable)
    #expect(KernelLevel.best.isAvailable)
  }
}

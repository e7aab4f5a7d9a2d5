import Tensors
import Testing

@Suite struct ProcessorTests {
  private struct Interruption: Error {}

  @Test func denormalsAreFlushedWhileAsked() {
    func isProductFlushed() -> Bool {
      let tiny = Tensor<Float>([1e-30], shape: [1])
      return (1e-15 as Float * tiny)[flat: 0] == 0
    }
    #expect(!FloatingPointMode.flushesDenormals)
    FloatingPointMode.flushingDenormals {
      #expect(FloatingPointMode.flushesDenormals)
      #expect(isProductFlushed())
      FloatingPointMode.flushingDenormals(false) { #expect(!isProductFlushed()) }
      #expect(isProductFlushed())
    }
    #expect(!isProductFlushed())
    #expect(throws: Interruption.self) {
      try FloatingPointMode.flushingDenormals { throw Interruption() }
    }
    #expect(!FloatingPointMode.flushesDenormals)
  }

  @Test func computingUsesTime() {
    #expect(Processor.measuredPeakGFLOPS() > 0)
    let before = Processor.secondsUsed()
    while Processor.secondsUsed() == before { _ = Processor.measuredPeakGFLOPS() }
    #expect(Processor.secondsUsed() > before)
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

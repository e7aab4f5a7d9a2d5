import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct MaskDrawTests {
  /// A million draws for each logit: the kept fraction is σ(l) within four standard errors.
  @Test(arguments: [-6.0, -4, -2, -1, 0, 1, 2, 4, 6])
  func keepingIsUnbiased(logit: Double) {
    let n = 1_000_000
    let weights = Tensor<Float>(repeating: 1, shape: [n / 4])
    let logits = Tensor<Float>(repeating: Float(logit), shape: [n / 4])
    let noise = RandomSource(seed: 11).stream("sampler").at(step: Int(logit) + 10)
    let kept = weights.sampledMasks(logits: logits, samples: 4, noise: noise).sum() / Double(n)
    let p = 1 / (1 + exp(-logit))
    #expect(abs(kept - p) <= 4 * (p * (1 - p) / Double(n)).squareRoot())
  }

  /// The straight-through derivative: its mean over U against the closed form, and one draw by
  /// hand.
  @Test(arguments: [-4.0, -1, 0, 2, 5])
  func slopeIsTheDerivativeOfTheSoftSample(logit: Double) {
    for word: UInt32 in [0, 1 << 8, 0x4000_0000, 0x8000_0000, 0xdead_beef, .max] {
      let h = 1e-5
      let numeric =
        (MaskDraw(logit: logit + h, word: word).soft - MaskDraw(logit: logit - h, word: word).soft)
        / (2 * h)
      #expect(abs(numeric - MaskDraw(logit: logit, word: word).slope) < 1e-9)
      let draw = MaskDraw(logit: logit, word: word)
      #expect(draw.isKept == (draw.soft > 0.5))
    }
    // E[s(1-s)] = ∫ over the logistic noise of the density's own form; by quadrature on the
    // midpoints.
    let n = 200_000
    let quadrature =
      (0..<n).map { k -> Double in
        let u = (Double(k) + 0.5) / Double(n)
        let s = 1 / (1 + exp(-(logit + log(u) - log(1 - u))))
        return s * (1 - s)
      }.reduce(0, +) / Double(n)
    let w = Tensor<Float>(repeating: 1, shape: [250_000])
    let l = Tensor<Float>(repeating: Float(logit), shape: [250_000])
    let d = Tensor<Float>(repeating: 1, shape: [4, 250_000])
    var dL = Tensor<Float>(zeros: [250_000])
    w.sampledMasksGradient(
      logits: l, dMasked: d, noise: RandomSource(seed: 1).stream("slope").at(step: 0), dLogits: &dL,
      adds: false)
    #expect(abs(dL.sum() / 1e6 - quadrature) < 4 * 0.1 / 1000)
  }

  /// The slope keeps its digits where U is next to 0 or 1.
  @Test(arguments: [UInt32(0), .max])
  func slopeAtTheEndsOfTheUnitInterval(word: UInt32) {
    let u = word == 0 ? 0x1p-25 : 1 - 0x1p-25
    // s (1 - s) at l = 0 is U (1 - U).
    let slope = MaskDraw(logit: 0, word: word).slope
    #expect(abs(slope - u * (1 - u)) <= 1e-15 * slope)
  }

  @Test func extremeLogitsAreCertainAndFinite() {
    for level in KernelLevel.allCases where level.isAvailable {
      level.use {
        let l = Tensor<Float>([-1e4, -90, 90, 1e4], shape: [4])
        let w = Tensor<Float>(repeating: 2, shape: [4])
        let noise = RandomSource(seed: 1).stream("extreme").at(step: 0)
        let sampled = w.sampledMasks(logits: l, samples: 4, noise: noise)
        for k in 0..<4 { #expect(sampled.slice(k).scalars == [0, 0, 2, 2]) }
        var dL = Tensor<Float>(zeros: [4])
        w.sampledMasksGradient(
          logits: l, dMasked: Tensor(repeating: 1, shape: [4, 4]), noise: noise, dLogits: &dL,
          adds: false)
        #expect(dL.isFinite && dL.maximumMagnitude() < 1e-20)
      }
    }
  }

  /// At the bound even the largest of all uniform numbers does not keep a weight, and it does at the
  /// next number above.
  @Test func logitsAtTheBoundAreNeverKept() {
    let noise = RandomStream(key: SIMD4(1, 2, 3, 4)).at(step: 0)
    let index = 286_899
    #expect(noise.word(index: UInt64(index), sample: 0) >> 8 == 0xff_ffff)
    let weights = Tensor<Float>(repeating: 1, shape: [index + 1])
    let bound = MaskDraw.neverKeptLogit
    for level in KernelLevel.allCases where level.isAvailable {
      level.use {
        func kept(_ logit: Float) -> Tensor<Float> {
          weights.sampledMasks(
            logits: Tensor(repeating: logit, shape: weights.shape), samples: 1, noise: noise)
        }
        #expect(kept(bound.nextUp)[flat: index] == 1)
        for logit in [bound, bound.nextDown, -17, -30, -100] as [Float] {
          #expect(kept(logit).sum() == 0, "\(logit)")
        }
      }
    }
  }
}

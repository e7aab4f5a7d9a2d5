import ExperimentKit
import Store
import Tensors
import TestSupport
import Testing

@Suite struct DivergenceTests {
  /// A state whose only tensor the test sets.
  private final class Box: Resumable {
    var value: Tensor<Float> = Tensor(zeros: [2])
    func checkpoint() -> [String: StoredTensor] { ["layers.0.weight": .float32(value)] }
    func restore(_ tensors: [String: StoredTensor]) throws {
      value = tensors["layers.0.weight"]?.float32 ?? value
    }
  }

  private func divergence(steps: Int = 10, _ report: (Int, Box) -> StepReport) throws -> Diverged? {
    let context = try RunContext(seed: 1)
    let box = Box()
    do {
      try context.loop(phase: "p", steps: steps, state: box) { report($0, box) }
      return nil
    } catch let diverged as Diverged {
      return diverged
    }
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func aLossThatIsNotFiniteStopsAtOnce(loss: Double) throws {
    let diverged = try #require(
      try divergence { step, _ in
        StepReport(loss: step == 4 ? loss : 1, gradientNorm: 2, offender: { "layers.2.bias" })
      })
    #expect(diverged.phase == "p")
    #expect(diverged.step == 4)
    #expect(diverged.tensor == "layers.2.bias")
    #expect(diverged.gradientNorm == 2)
    #expect(diverged.description.contains("'layers.2.bias' is not finite"))
  }

  @Test func aGradientNormThatIsNotFiniteStopsAtOnce() throws {
    let diverged = try divergence { step, _ in
      StepReport(loss: 1, gradientNorm: step == 0 ? .infinity : 1)
    }
    #expect(diverged?.step == 0)
    #expect(diverged?.tensor == "gradient norm")
  }

  @Test func anUnknownOffenderIsTheLoss() throws {
    let diverged = try divergence { _, _ in StepReport(loss: .nan, offender: { nil }) }
    #expect(diverged?.tensor == "loss")
  }

  @Test func parametersThatTheLastStepSpoiltAreNoticed() throws {
    let diverged = try divergence { step, box in
      if step == 9 { box.value[flat: 1] = .nan }
      return StepReport(loss: 1)
    }
    #expect(diverged?.tensor == "layers.0.weight")
    #expect(diverged?.step == 9)
  }

  @Test func finiteNumbersPass() throws {
    let diverged = try divergence { _, _ in StepReport(loss: 1e300, gradientNorm: 0) }
    #expect(diverged == nil)
  }

  @Test func aDivergedPhaseIsNeverSharedNorFinished() throws {
    try withTemporaryFolder { folder in
      for _ in 0..<2 {
        let context = try RunContext(seed: 1, folder: folder, cacheFolder: "\(folder)/cache")
        #expect(throws: Diverged.self) {
          try context.cachedLoop(phase: "p", key: 1, steps: 3, state: Box()) { step in
            StepReport(loss: step == 2 ? .nan : 1)
          }
        }
      }
      #expect(try Folder.contents(at: "\(folder)/cache").isEmpty)
      #expect(!Folder.exists("\(folder)/checkpoint.safetensors"))
    }
  }
}

import ExperimentKit
import Testing

@testable import Experiments

/// What masks of own networks are compared with.
@Suite struct OwnControlsTests {
  private static let standard =
    "{level: standard, draws: 2, adversary-steps: [2], adversary-restarts: 1, "
    + "never-learned: [random-targets, renamed-classes]}"

  @Test func `masks of sub-tasks are compared as those of experiments are`() throws {
    try OwnStudies.inFolder { studies in
      try studies.writeVectors()
      let context = try studies.run(
        OwnStudies.vectors("subtasks: {low: {targets: [0, 1]}, blind: {zero: [[3, 5]]}}")
          .replacing("controls: off", with: "controls: \(Self.standard)"))
      let never: Set = ["never-random-targets", "never-renamed-classes"]
      let stages: Set = ["full", "low", "blind"]
      #expect(
        context.texts(.maskTransfer, 0) == stages.union(never).union([StepName.pretraining]))
      #expect(context.texts(.robustness, 0) == stages.union(never))
      for (stage, set) in [("full", "iid"), ("low", "low"), ("blind", "blind")] {
        let own = try context.value(.accuracy, [stage, "mask", set], "accuracy")
        #expect(try context.value(.maskTransfer, [stage, stage], "accuracy") == own)
      }
      // With the classes renamed, no example that was right is.
      let right = try context.value(.maskTransfer, ["pretrained", "full"], "accuracy")
      #expect(right > 0.4)
      #expect(
        try context.value(.maskTransfer, ["pretrained", "never-renamed-classes"], "accuracy")
          <= 1 - right)
      #expect(context.records(of: .sharing).contains { $0.metric == "sigma" })
    }
  }

  @Test func `what a file does not know is not compared with`() throws {
    var settings = OwnNetworkSettings()
    settings.controls.level = .full
    #expect(settings.comparison.destroyedNetworks == DestroyedNetwork.allCases)
    settings.network.program = "model.pt2"
    #expect(settings.comparison.destroyedNetworks == [.shuffledWeights])
    try settings.validateControls()
    settings.controls.destroyed = [.reinitialized]
    #expect(throws: (any Error).self) { try settings.validateControls() }
    settings.loss = .meanSquaredError
    #expect(!settings.comparison.areOn)
  }
}

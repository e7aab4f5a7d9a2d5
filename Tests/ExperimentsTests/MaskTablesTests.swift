import ExperimentKit
import Experiments
import Testing

/// What `layer_stats` says of masks.
@Suite struct MaskTablesTests {
  private func metrics(of stage: String, in run: RunContext) -> Set<String> {
    Set(run.records(of: .layerStats).filter { $0.keys == [stage, "all"] }.map(\.metric))
  }

  /// A share of 0 would say that it shares nothing with others.
  @Test func aSingleSubTaskHasNoShare() throws {
    let kept: Set = ["n_weights", "n_kept", "kept_frac"]
    let ofFull: Set = ["remaining_frac", "removed_frac"]
    let short = [("pretrain.steps", "2"), ("mask.steps", "2"), ("controls.level", "off")]
    let single = try TinyRun.run(TinyRun.configuration("math-transformer", short))
    #expect(single.texts(.layerStats, 0) == ["full", "easy"])
    #expect(metrics(of: "full", in: single) == kept)
    #expect(metrics(of: "easy", in: single) == kept.union(ofFull))
    let several = try TinyRun.run(TinyRun.configuration("addmul-fnn", short))
    #expect(
      metrics(of: "add", in: several) == kept.union(ofFull).union(["n_shared", "shared_frac"]))
  }
}

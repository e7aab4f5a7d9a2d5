import ExperimentKit
import Testing

@Suite struct TableTests {
  @Test func theTablesAreThoseOfTheContract() {
    let header = Table.all.map { table in
      "\(table.name): \(table.keys.map(\.name).joined(separator: ",")): "
        + table.metrics.joined(separator: ",")
    }
    #expect(
      header == [
        "accuracy: stage,mask_mode,eval_set: accuracy,loss,n_examples",
        "layer_stats: stage,layer: n_weights,n_kept,kept_frac,n_shared,shared_frac,"
          + "remaining_frac,removed_frac",
        "pair_overlap: mask_a,mask_b,layer: n_a,n_b,n_inter,n_union,iou,iomin,iou_chance",
        "confusion: stage,mask_mode,true,predicted: count,rate",
        "confusion_delta: stage,true,predicted: delta",
        "class_drop: class: relative_drop,worst_other_over_target",
        "output_unit_removed: stage,unit: n_ref,n_removed,removed_frac",
        "mask_histogram: stage,bin_low: count",
        "transfer: permutation,layer: n_kept,n_shared,shared_frac,accuracy",
        "grad_cosine: layers_masked,tensor: cosine",
        "training_curve: stage,step: loss,grad_norm,mean_keep_prob,kept_frac",
      ])
  }

  @Test func numericKeysSortByValue() {
    let steps = ["100", "20", "3", "x", "", "1e1"]
    let sorted = steps.sorted { KeyOrder.precedes($0, $1, kind: .integer) }
    #expect(sorted == ["3", "1e1", "20", "100", "", "x"])
    let bins = ["0.1", "0.02", "1e-05", "0"].sorted { KeyOrder.precedes($0, $1, kind: .number) }
    #expect(bins == ["0", "1e-05", "0.02", "0.1"])
  }

  @Test func textSortsByBytes() {
    let sorted = ["b", "a", "B", "ä", "10", "9"].sorted { KeyOrder.precedes($0, $1, kind: .text) }
    #expect(sorted == ["10", "9", "B", "a", "b", "ä"])
  }

  @Test func equalNumbersKeepAFixedOrder() {
    #expect(KeyOrder.precedes("1", "1.0", kind: .number))
    #expect(!KeyOrder.precedes("1.0", "1", kind: .number))
    #expect(!KeyOrder.precedes("1", "1", kind: .number))
  }

  @Test func metricsKeepTheDeclaredOrder() {
    let rows = [
      (keys: ["b", "2"], metric: "loss"), (keys: ["a", "10"], metric: "kept_frac"),
      (keys: ["a", "10"], metric: "loss"), (keys: ["a", "9"], metric: "other"),
      (keys: ["a", "9"], metric: "grad_norm"),
    ]
    let sorted = rows.sorted { Table.trainingCurve.precedes($0, $1) }
    #expect(
      sorted.map { "\($0.keys.joined()) \($0.metric)" } == [
        "a9 grad_norm", "a9 other", "a10 loss", "a10 kept_frac", "b2 loss",
      ])
  }

  @Test func areFoundByName() {
    #expect(Table.named("layer_stats") == .layerStats)
    #expect(Table.named("nothing") == nil)
  }
}

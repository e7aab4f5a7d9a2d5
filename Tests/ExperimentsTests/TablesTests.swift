import ExperimentKit
import Experiments
import Testing

@Suite struct TablesTests {
  private let registry = AllKinds.registry

  @Test func theTablesAreThoseOfTheContract() {
    let header = registry.tables.map { table in
      "\(table.name): \(table.keys.map(\.name).joined(separator: ",")): "
        + table.metrics.joined(separator: ",")
    }
    #expect(
      header == [
        "accuracy: stage,mask_mode,eval_set: accuracy,loss,n_examples",
        "class_drop: class: relative_drop,worst_other_over_target",
        "cluster_sizes: stage,partition,layer,cluster: n_units,proportion",
        "confusion: stage,mask_mode,true,predicted: count,rate",
        "confusion_delta: stage,true,predicted: delta",
        "correlation_picture: stage,partition,layer,cluster,kind,draw: "
          + "n_units,contrast,mean_abs_cosine,aligned_cosine,left_share",
        "eigenvalues: stage,graph,index: eigenvalue",
        "grad_cosine: layers_masked,tensor: cosine",
        "interference: trained,targets,protection,operation,step: accuracy",
        "layer_stats: stage,layer: n_weights,n_kept,kept_frac,n_shared,shared_frac,"
          + "remaining_frac,removed_frac",
        "mask_histogram: stage,bin_low: count",
        "modularity: stage,other: specialize,reuse",
        "ncut: stage,partition: ncut,ave_in_out,n_vertices,n_isolated,n_components,eigengap,"
          + "inertia,ari_restarts",
        "ncut_samples: stage,partition,shuffle,sample: ncut",
        "ncut_shuffle: stage,partition,shuffle: n_samples,shuffled_mean,shuffled_std,z,p",
        "output_unit_removed: stage,unit: n_ref,n_removed,removed_frac",
        "pair_overlap: mask_a,mask_b,layer: n_a,n_b,n_inter,n_union,iou,iomin,iou_chance",
        "partition: stage,partition,layer: n_units,n_isolated,n_clusters",
        "picture_contrast: stage,partition,layer,quantity: true_mean,random_mean,n_sub_clusters",
        "random_init: network,initialization,trial: ncut",
        "sparsity: stage,layer: n_weights,n_zero,zero_frac",
        "training_curve: stage,step: loss,grad_norm,mean_keep_prob,kept_frac",
        "transfer: permutation,layer: n_kept,n_shared,shared_frac,accuracy",
      ])
  }

  /// Cluster 3 of one seed is not cluster 3 of another.
  @Test func tablesOfClustersHaveNoSummary() {
    #expect(
      registry.tables.filter { !$0.hasSummary }.map(\.name)
        == ["cluster_sizes", "correlation_picture", "ncut_samples"])
  }

  @Test func everythingIsDocumented() {
    for table in registry.tables {
      let texts =
        [table.documentation] + table.keys.map(\.documentation)
        + table.declaredMetrics.map(\.documentation)
      for text in texts { #expect(!text.isEmpty && !text.contains("\n"), "\(table.name)") }
    }
    for artefact in registry.artefacts { #expect(!artefact.documentation.isEmpty) }
  }

  /// What one kind records need not be declared by another.
  @Test func kindsDeclareTheirOwn() throws {
    let baseline = try registry.find("scan-baseline")
    #expect(baseline.tables.map(\.name) == ["accuracy", "training_curve"])
    #expect(baseline.artefacts.map(\.name) == ["weights.safetensors"])
    #expect(try registry.find("permuted-mnist").tables.contains(.transfer))
    #expect(try !registry.find("addmul-fnn").tables.contains(.transfer))
  }
}

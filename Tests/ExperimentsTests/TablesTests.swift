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
        "cluster_test: stage,partition,quantity,ties: n_sub_clusters,n_controls,fisher_stat,"
          + "fisher_p,fisher_exact_p,chi2_stat,chi2_p,mean_p,fisher_mean_log,effect_factor,effect",
        "confusion: stage,mask_mode,true,predicted: count,rate",
        "confusion_delta: stage,true,predicted: delta",
        "correlation_picture: stage,partition,layer,cluster,kind,draw: "
          + "n_units,contrast,mean_abs_cosine,aligned_cosine,left_share",
        "cov: stage,partition: q1,median,q3,n_sub_clusters",
        "dependency: stage,partition,x,y: "
          + "delta_x_given_y,delta_y_given_x,x_given_y,y_given_x,case,edge",
        "dependency_counts: stage,partition,case: n_pairs",
        "eigenvalues: stage,graph,index: eigenvalue",
        "feature_picture: stage,partition,layer,cluster,kind,draw: n_units,score,score_final,"
          + "entropy,activation_mean,activation_std,cov",
        "grad_cosine: layers_masked,tensor: cosine",
        "interference: trained,targets,protection,operation,step: accuracy",
        "kept_curve: stage,fraction: n_kept,accuracy,faithfulness",
        "layer_stats: stage,layer: n_weights,n_kept,kept_frac,n_units,n_units_kept,n_shared,"
          + "shared_frac,shared_frac_chance,remaining_frac,removed_frac",
        "lesion: stage,partition,layer,cluster,kind,draw,class: accuracy",
        "mask_clusters: stage,partition,layer: mutual_information,normalized_mutual_information,"
          + "chance_mutual_information,n_units",
        "mask_histogram: stage,bin_low: count",
        "mask_quality: stage: complement_accuracy,complement_left,cpr,cmd,"
          + "non_uniqueness",
        "mask_transfer: stage,task: accuracy,chance",
        "masks_apart: stage,mask: n_kept,accuracy,iou,iou_chance",
        "modularity: stage,other: specialize,reuse",
        "multiple_tests: network,quantity,test,procedure: p,adjusted_p,significant,n_tests",
        "ncut: stage,partition: ncut,ave_in_out,n_vertices,n_isolated,n_components,eigengap,"
          + "inertia,ari_restarts,shuffled_layer,shuffled_layer_nonzero,"
          + "shuffled_layer_nonzero_distribution,shuffled_layer_all_distribution",
        "ncut_samples: stage,partition,shuffle,sample: ncut",
        "ncut_shuffle: stage,partition,shuffle: n_samples,shuffled_mean,shuffled_std,z,p",
        "null_masks: stage,null: n_kept,n_kept_stage,accuracy,accuracy_equal_size,accuracy_stage,"
          + "accuracy_network,chance,has_meaning",
        "output_unit_removed: stage,unit: n_ref,n_removed,removed_frac",
        "pair_lesion: stage,partition,first,second: "
          + "accuracy,delta,random_delta_mean,random_delta_std,p,important",
        "pair_overlap: mask_a,mask_b,layer: n_a,n_b,n_inter,n_union,iou,iomin,iou_chance,iomin_chance,"
          + "n_units_a,n_units_b,n_units_inter,n_units_union,iou_units,iou_units_chance",
        "partition: stage,partition,layer: n_units,n_isolated,n_clusters",
        "picture_contrast: stage,partition,layer,quantity: true_mean,random_mean,n_sub_clusters",
        "planted_sharing: mask_a,mask_b,layer: sigma,iou,n_needed_a,n_needed_b",
        "planted_truth: stage,layer: n_gates,n_needed,n_kept,auroc,auroc_other,needed_kept,"
          + "others_kept",
        "random_init: network,initialization,trial: ncut",
        "robustness: stage,method,unit,level: accuracy,worst,n_draws,relative_drop,"
          + "worst_relative_drop",
        "sharing: mask_a,mask_b,layer: sigma,s_ab,s_aa,s_bb,s_chance,p,shared_frac,iou,iomin",
        "sparsity: stage,layer: n_weights,n_zero,zero_frac",
        "sub_cluster: stage,partition,layer,cluster: n_units,proportion,accuracy,accuracy_change,"
          + "macro_accuracy,random_change_mean,random_change_std,z,class_range,effect",
        "sub_cluster_p: stage,partition,layer,cluster,quantity,ties: p",
        "taxonomy: stage,partition,layer,cluster,category: member",
        "taxonomy_counts: stage,partition,category: n_sub_clusters",
        "training_curve: stage,step: loss,grad_norm,mean_keep_prob,kept_frac",
        "transfer: permutation,layer: n_kept,n_shared,shared_frac,shared_frac_chance,accuracy",
      ])
  }

  /// Cluster 3 of one seed is not cluster 3 of another.
  @Test func tablesOfClustersHaveNoSummary() {
    #expect(
      registry.tables.filter { !$0.hasSummary }.map(\.name)
        == [
          "cluster_sizes", "correlation_picture", "dependency", "feature_picture", "lesion",
          "ncut_samples",
          "pair_lesion", "sub_cluster", "sub_cluster_p", "taxonomy",
        ])
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

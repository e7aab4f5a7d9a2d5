import ExperimentKit

/// The kinds of experiments that manifests can name.
public enum AllKinds {
  /// One entry for every registered kind.
  public static var registry: KindRegistry {
    KindRegistry([
      AdditionMultiplicationFNN(),
      AdditionMultiplicationLSTM(),
      Interference(),
      DoubleAdditionFNN(),
      DoubleAdditionLSTM(),
      SCANLSTM(),
      SCANTransformer(),
      SCANBaseline(),
      MathematicsTransformer(),
      PermutedMNIST(),
      ClassRemovalCNN(),
      ClassRemovalResNet(),
      MaskStability(),
      GradientCosine(),
      RandomInitNcut(),
      ClusterabilityStudy(),
      ClusterPictures(),
      ClusterImportance(),
      ClusterDependency(),
      ClusterCoherence(),
      ClusterMultipleTests(),
      PlantedModules(),
      OwnNetworkKind(),
    ])
  }
}

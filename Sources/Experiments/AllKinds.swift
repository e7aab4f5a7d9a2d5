import ExperimentKit

/// The experiments that manifests can name.
public enum AllKinds {
  /// One entry for every registered experiment.
  public static var registry: KindRegistry {
    KindRegistry([
      AdditionMultiplicationFNN(
        name: "addmul-fnn",
        summary: "Which weights does a network use for addition and which for multiplication?"),
      AdditionMultiplicationFNN(
        name: "addmul-fnn-beta",
        summary: "How does the strength of the regulariser change accuracy and sharing?"),
      AdditionMultiplicationFNN(
        name: "addmul-fnn-size", summary: "How does sharing change with the size of the network?"),
      AdditionMultiplicationFNN(
        name: "addmul-fnn-clip",
        summary: "What does clipping with the frozen weights' gradients do to masks?"),
      AdditionMultiplicationLSTM(),
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
    ])
  }
}

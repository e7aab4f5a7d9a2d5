import ExperimentKit

/// The experiments that manifests can name.
public enum AllExperiments {
  /// One entry for every registered experiment.
  public static var registry: ExperimentRegistry {
    ExperimentRegistry([
      AdditionMultiplicationFNN(
        name: "addmul-fnn",
        summary: "which weights a feed-forward network uses for addition and multiplication"),
      AdditionMultiplicationFNN(
        name: "addmul-fnn-beta",
        summary: "how the strength of the regulariser changes accuracy and sharing"),
      AdditionMultiplicationFNN(
        name: "addmul-fnn-size", summary: "how sharing changes with the size of the network"),
      AdditionMultiplicationFNN(
        name: "addmul-fnn-clip",
        summary: "what clipping with and without the frozen weights' gradients does to masks"),
    ])
  }
}

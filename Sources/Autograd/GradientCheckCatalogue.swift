/// The gradient checks of all operations.
public enum GradientCheckCatalogue {
  /// The operations, in the order of their files' names.
  static let sources: [any GradientCheckSource.Type] = [
    AddBiasChecks.self,
    AdditionChecks.self,
    AttentionChecks.self,
    AveragePoolingChecks.self,
    BatchNormChecks.self,
    BlockChecks.self,
    ConcatenateChecks.self,
    ConvolutionChecks.self,
    CrossEntropyChecks.self,
    DivergenceChecks.self,
    GELUChecks.self,
    GatherChecks.self,
    GlobalAveragePoolingChecks.self,
    LSTMChecks.self,
    LayerNormChecks.self,
    LinearChecks.self,
    MatrixProductChecks.self,
    MaxPoolingChecks.self,
    MeanChecks.self,
    MultiplicationChecks.self,
    ReLUChecks.self,
    RedirectedReLUChecks.self,
    ReshapeChecks.self,
    ScalingChecks.self,
    SiLUChecks.self,
    SigmoidChecks.self,
    SliceChecks.self,
    SoftmaxChecks.self,
    SubtractionChecks.self,
    SumChecks.self,
    TanhChecks.self,
    TransposeChecks.self,
  ]

  /// All checks; their inputs are the same at every call.
  public static var all: [GradientCheckCase] { sources.flatMap(GradientCheckCase.all) }
}

import Store

/// What `modlab describe` prints about the network of a configuration.
public struct Architecture: Sendable, Equatable {
  /// One parameter tensor, or one layer without parameters.
  public struct Row: Sendable, Equatable {
    /// Dotted name, as in weight files: `layers.0.weight`.
    public var layer: String
    /// Kind of layer: `linear`, `relu`, `lstm`, …
    public var kind: String
    /// Shape of the parameter, or of the output of a layer without parameters.
    public var shape: [Int]
    /// Number of trainable scalars.
    public var parameters: Int
    /// Whether masks are learned for it.
    public var isMasked: Bool
    /// Role of the parameter: `weight`, `bias`, `embedding`, `norm-scale`, `norm-shift`.
    public var role: String

    /// Creates a row.
    public init(
      layer: String, kind: String, shape: [Int], parameters: Int, isMasked: Bool, role: String
    ) {
      self.layer = layer
      self.kind = kind
      self.shape = shape
      self.parameters = parameters
      self.isMasked = isMasked
      self.role = role
    }
  }

  /// All layers from input to output.
  public var rows: [Row]
  /// Floating-point operations of one pre-training step.
  public var pretrainingOperationsPerStep: Double
  /// Floating-point operations of one step of mask training.
  public var maskOperationsPerStep: Double
  /// Shape of one input, without the batch.
  public var inputShape: [Int]
  /// Shape of one output, without the batch.
  public var outputShape: [Int]

  /// Creates a description.
  public init(
    rows: [Row], pretrainingOperationsPerStep: Double, maskOperationsPerStep: Double,
    inputShape: [Int], outputShape: [Int]
  ) {
    self.rows = rows
    self.pretrainingOperationsPerStep = pretrainingOperationsPerStep
    self.maskOperationsPerStep = maskOperationsPerStep
    self.inputShape = inputShape
    self.outputShape = outputShape
  }

  /// Number of trainable scalars.
  public var parameterCount: Int { rows.reduce(0) { $0 + $1.parameters } }

  /// Number of scalars for which masks are learned.
  public var maskedParameterCount: Int {
    rows.reduce(0) { $0 + ($1.isMasked ? $1.parameters : 0) }
  }

  /// The description as JSON.
  public var json: JSONValue {
    [
      "input_shape": .array(inputShape.map(JSONValue.integer)),
      "output_shape": .array(outputShape.map(JSONValue.integer)),
      "flops_per_step": [
        "pretrain": .number(pretrainingOperationsPerStep), "mask": .number(maskOperationsPerStep),
      ],
      "parameters": .integer(parameterCount),
      "masked_parameters": .integer(maskedParameterCount),
      "layers": .array(
        rows.map { row in
          [
            "layer": .string(row.layer), "kind": .string(row.kind),
            "shape": .array(row.shape.map(JSONValue.integer)),
            "parameters": .integer(row.parameters), "masked": .bool(row.isMasked),
            "role": .string(row.role),
          ]
        }),
    ]
  }
}

import Store
import Tensors

extension PredictionRequest {
  /// The parameters and buffers of a weight file as 32-bit numbers.
  ///
  /// The counters `num_batches_tracked` that PyTorch stores for every batch normalisation are left
  /// out: nothing is computed from them.
  ///
  /// - Parameters:
  ///   - tensors: The content of the file.
  ///   - path: The file, for messages.
  ///   - note: Told in a sentence without a full stop what was rounded.
  /// - Throws: ``Failure`` (corrupt) for a tensor that holds no numbers with a fraction.
  public static func weights(
    of tensors: [String: StoredTensor], path: String, note: (String) -> Void
  ) throws -> [String: Tensor<Float>] {
    var weights: [String: Tensor<Float>] = [:]
    var rounded: [String] = []
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      if case .int64 = tensor, isBatchCounter(name) { continue }
      guard let converted = tensor.convertedToFloat32() else {
        throw Failure(
          .corrupt, "\(path): \(Failure.quote(name)) is no parameter",
          why: "it has type \(tensor.elementType.rawValue), parameters have F32, F16, BF16 or F64",
          help: "convert it before you save it, in PyTorch with .float(), or leave it out")
      }
      weights[name] = converted.tensor
      if !converted.isExact { rounded.append(name) }
    }
    if !rounded.isEmpty {
      note(
        "\(path): modlab computes in single precision; numbers of type F64 were rounded to F32 in "
          + WeightFitting.list(rounded))
    }
    return weights
  }

  private static func isBatchCounter(_ name: String) -> Bool {
    name == "num_batches_tracked" || name.hasSuffix(".num_batches_tracked")
  }

  /// An input tensor of any number of rows as 32-bit numbers.
  ///
  /// - Parameters:
  ///   - name: The tensor's name.
  ///   - shape: The shape of one row.
  /// - Throws: ``Failure`` (corrupt) when it is missing or has another type or shape.
  public func rows(_ name: String, of shape: Shape) throws -> Tensor<Float> {
    guard let stored = inputs[name] else {
      throw Failure(
        .corrupt, "the input file has no tensor \(Failure.quote(name))",
        why: "it has \(WeightFitting.list(inputs.keys.sorted()))")
    }
    let extents = (["N"] + shape.dimensions.map(String.init)).joined(separator: "×")
    var failure = Failure(
      .corrupt,
      "the tensor \(Failure.quote(name)) has type \(stored.elementType.rawValue) and shape "
        + "\(stored.shape)", why: "the network takes numbers of type F32 and shape \(extents)",
      help: "docs/inputs.md describes the inputs of all tasks")
    guard stored.shape.rank > 0, stored.shape.dropFirst() == shape else {
      if shape.rank == 3, stored.shape.rank == 4,
        stored.shape.dimensions.dropFirst() == [shape[2], shape[0], shape[1]]
      {
        failure.help = "the channels come last: in PyTorch .permute(0, 2, 3, 1).contiguous()"
      }
      throw failure
    }
    guard let converted = stored.convertedToFloat32() else {
      failure.help = "convert it before you save it, in PyTorch with .float()"
      throw failure
    }
    if !converted.isExact {
      note("the numbers of the tensor \(Failure.quote(name)) were rounded from F64 to F32")
    }
    return converted.tensor
  }
}

import NeuralNetworks
import Store

/// The operators that are read, by the name of PyTorch.
extension ProgramTranslator {
  typealias Operation = @Sendable (ProgramTranslator) -> (Node) throws -> Void

  static let operations: [String: Operation] = [
    // Layers with weights.
    "aten.linear.default": linear, "aten.conv2d.default": convolution,
    "aten.conv2d.padding": convolution, "aten.batch_norm.default": batchNorm,
    "aten.layer_norm.default": layerNorm, "aten.embedding.default": embedding,
    "aten.lstm.input": lstm,
    // Functions of every element.
    "aten.relu.default": elementwise(.relu), "aten.relu_.default": elementwise(.relu),
    "aten.tanh.default": elementwise(.tanh), "aten.tanh_.default": elementwise(.tanh),
    "aten.sigmoid.default": elementwise(.sigmoid), "aten.sigmoid_.default": elementwise(.sigmoid),
    "aten.silu.default": elementwise(.silu), "aten.silu_.default": elementwise(.silu),
    "aten.gelu.default": gelu, "aten.dropout.default": dropout, "aten.dropout_.default": dropout,
    "aten.feature_dropout.default": dropout, "aten.softmax.int": softmax,
    "aten.log_softmax.int": softmax,
    // Several values.
    "aten.add.Tensor": sum, "aten.add_.Tensor": sum, "aten.cat.default": concatenation,
    "aten.concat.default": concatenation,
    "aten.scaled_dot_product_attention.default": attention,
    // Images and sequences.
    "aten.max_pool2d.default": maxPooling, "aten.avg_pool2d.default": averagePooling,
    "aten.adaptive_avg_pool2d.default": adaptivePooling, "aten.mean.dim": mean,
    // Views.
    "aten.view.default": reshape, "aten.reshape.default": reshape,
    "aten.flatten.using_ints": flatten, "aten.unflatten.int": unflatten,
    "aten.transpose.int": transpose, "aten.permute.default": permute, "aten.t.default": transpose2,
    "aten.unsqueeze.default": unsqueeze, "aten.squeeze.default": squeeze,
    "aten.squeeze.dim": squeeze, "aten.squeeze.dims": squeeze, "aten.select.int": select,
    "aten.slice.Tensor": slice, "aten.chunk.default": chunk, "aten.split.Tensor": split,
    "aten.split_with_sizes.default": split, "aten.unbind.int": unbind,
    "aten.contiguous.default": same, "aten.alias.default": same, "aten.detach.default": same,
    "aten.detach_.default": same, "aten.clone.default": copy,
    // What computes nothing.
    "aten.zeros.default": zero, "aten.sym_size.int": size, "_operator.mul": extent,
    "_operator.add": extent, "_operator.sub": extent, "_operator.floordiv": extent,
    "aten._assert_tensor_metadata.default": nothing, "aten._assert_scalar.default": nothing,
    "aten.sym_constrain_range_for_size.default": nothing, "_operator.ge": nothing,
    "_operator.le": nothing, "_operator.eq": nothing,
  ]

  /// Why an operator is not read, and what could be done.
  func refusal(of node: Node) -> Failure {
    let name = node.target.split(separator: ".").dropFirst().first.map(String.init) ?? node.target
    let help =
      Self.moduleHelps.first { node.moduleClass.hasSuffix($0.module) }?.help
      ?? Self.helps.first { $0.names.contains(name) }?.help
    return failure(
      node, "uses an operator that modlab does not read",
      why: "read are linear, conv2d, batch_norm, layer_norm, embedding, lstm, "
        + "scaled_dot_product_attention, relu, gelu, tanh, sigmoid, silu, dropout, softmax, max_pool2d, "
        + "avg_pool2d, adaptive_avg_pool2d, mean over pixels or steps, add, cat, and views",
      help: help
        ?? "leave the operator out of the exported module, or put one of these in its place")
  }

  /// What could be done about modules, whatever operators they consist of.
  private static let moduleHelps = [
    (module: "MultiheadAttention", help: "call nn.MultiheadAttention with need_weights=False"),
    (module: "EmbeddingBag", help: "use nn.Embedding and the mean of the steps"),
  ]

  private static let helps: [(names: Set<String>, help: String)] = [
    (
      [
        "addmm", "mm", "convolution", "_native_batch_norm_legit_no_training", "native_layer_norm",
        "native_dropout", "_softmax", "_log_softmax", "max_pool2d_with_indices",
        "_adaptive_avg_pool2d",
        "_native_batch_norm_legit", "view_copy",
      ],
      "save the program as torch.export.export gives it, without run_decompositions()"
    ),
    (
      [
        "matmul", "mT", "mH", "bmm", "baddbmm", "einsum", "masked_fill", "where", "tril", "triu",
        "full",
      ],
      "write attention with torch.nn.functional.scaled_dot_product_attention (is_causal=True for a "
        + "causal mask), or call nn.MultiheadAttention with need_weights=False"
    ),
    (
      ["arange", "expand", "expand_as", "repeat", "cumsum"],
      "learned positions and class tokens are not read: networks know the order of steps by an LSTM or by causal "
        + "attention, and take the last step or the mean of all"
    ),
    (
      ["mul", "mul_", "div", "sub", "pow", "neg", "exp", "sqrt", "rsqrt", "abs", "clamp"],
      "normalise the inputs in the data and not in the module; scale by a layer's weights; gates, such as "
        + "squeeze and excitation, are not read"
    ),
    (
      ["gru", "rnn_tanh", "rnn_relu", "lstm"],
      "of recurrent layers nn.LSTM is read, in one direction and with sequences of equal lengths"
    ),
    (
      ["conv1d", "avg_pool1d", "max_pool1d", "adaptive_avg_pool1d"],
      "give images: a series of T steps is an image of 1×T with kernels that are square, or a "
        + "sequence for an LSTM"
    ),
    (
      [
        "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "upsample_nearest2d",
        "upsample_bilinear2d", "pixel_shuffle", "max_pool3d", "avg_pool3d", "im2col",
      ],
      "networks of images in two dimensions whose maps get smaller are read, up to classes or numbers"
    ),
    (
      ["_weight_norm", "_weight_norm_interface"],
      "take the weight normalisation off before the export, with "
        + "torch.nn.utils.parametrize.remove_parametrizations"
    ),
    (
      [
        "leaky_relu", "leaky_relu_", "elu", "elu_", "relu6", "hardtanh", "hardtanh_", "hardswish",
        "hardswish_", "hardsigmoid", "softplus", "mish", "selu", "prelu", "celu", "glu",
      ],
      "the activation functions are ReLU, GELU, tanh, sigmoid and SiLU"
    ),
    (
      ["group_norm", "instance_norm", "local_response_norm", "rms_norm"],
      "the normalisations are nn.BatchNorm2d, nn.BatchNorm1d of vectors, and nn.LayerNorm"
    ),
    (
      ["to", "_to_copy", "one_hot", "type_as"],
      "convert the inputs in the data: numbers as float32, tokens as int64"
    ),
    (
      ["amax", "max", "argmax", "topk", "sum", "norm"],
      "pool images with nn.MaxPool2d or nn.AdaptiveAvgPool2d, and sequences with the last step or "
        + "the mean; give logits as output"
    ),
  ]
}

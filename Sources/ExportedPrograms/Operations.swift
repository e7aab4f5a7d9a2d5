import NeuralNetworks
import Store

/// The operators that are read, by the name of PyTorch.
extension ProgramTranslator {
  typealias Operation = @Sendable (ProgramTranslator, Node) throws -> Void

  static let operations: [String: Operation] = [
    // Layers with weights.
    "aten.linear.default": { try $0.linear($1) },
    "aten.conv2d.default": { try $0.convolution($1) },
    "aten.conv2d.padding": { try $0.convolution($1) },
    "aten.batch_norm.default": { try $0.batchNorm($1) },
    "aten.layer_norm.default": { try $0.layerNorm($1) },
    "aten.embedding.default": { try $0.embedding($1) },
    "aten.lstm.input": { try $0.lstm($1) },
    // Functions of every element.
    "aten.relu.default": elementwise(.relu),
    "aten.relu_.default": elementwise(.relu),
    "aten.tanh.default": elementwise(.tanh),
    "aten.tanh_.default": elementwise(.tanh),
    "aten.sigmoid.default": elementwise(.sigmoid),
    "aten.sigmoid_.default": elementwise(.sigmoid),
    "aten.silu.default": elementwise(.silu),
    "aten.silu_.default": elementwise(.silu),
    "aten.gelu.default": { try $0.gelu($1) },
    "aten.dropout.default": { try $0.dropout($1) },
    "aten.dropout_.default": { try $0.dropout($1) },
    "aten.feature_dropout.default": { try $0.dropout($1) },
    "aten.softmax.int": { try $0.softmax($1) },
    "aten.log_softmax.int": { try $0.softmax($1) },
    // Several values.
    "aten.add.Tensor": { try $0.sum($1) },
    "aten.add_.Tensor": { try $0.sum($1) },
    "aten.cat.default": { try $0.concatenation($1) },
    "aten.concat.default": { try $0.concatenation($1) },
    "aten.scaled_dot_product_attention.default": { try $0.attention($1) },
    // Images and sequences.
    "aten.max_pool2d.default": { try $0.maxPooling($1) },
    "aten.avg_pool2d.default": { try $0.averagePooling($1) },
    "aten.adaptive_avg_pool2d.default": { try $0.adaptivePooling($1) },
    "aten.mean.dim": { try $0.mean($1) },
    // Views.
    "aten.view.default": { try $0.reshape($1) },
    "aten.reshape.default": { try $0.reshape($1) },
    "aten.flatten.using_ints": { try $0.flatten($1) },
    "aten.unflatten.int": { try $0.unflatten($1) },
    "aten.transpose.int": { try $0.transpose($1) },
    "aten.permute.default": { try $0.permute($1) },
    "aten.t.default": { try $0.transpose2($1) },
    "aten.unsqueeze.default": { try $0.unsqueeze($1) },
    "aten.squeeze.default": { try $0.squeeze($1) },
    "aten.squeeze.dim": { try $0.squeeze($1) },
    "aten.squeeze.dims": { try $0.squeeze($1) },
    "aten.select.int": { try $0.select($1) },
    "aten.slice.Tensor": { try $0.slice($1) },
    "aten.chunk.default": { try $0.chunk($1) },
    "aten.split.Tensor": { try $0.split($1) },
    "aten.split_with_sizes.default": { try $0.split($1) },
    "aten.unbind.int": { try $0.unbind($1) },
    "aten.contiguous.default": { try $0.same($1) },
    "aten.alias.default": { try $0.same($1) },
    "aten.detach.default": { try $0.same($1) },
    "aten.detach_.default": { try $0.same($1) },
    "aten.clone.default": { try $0.copy($1) },
    // What computes nothing.
    "aten.zeros.default": { try $0.zero($1) },
    "aten.sym_size.int": { try $0.size($1) },
    "_operator.mul": { try $0.extent($1) },
    "_operator.add": { try $0.extent($1) },
    "_operator.sub": { try $0.extent($1) },
    "_operator.floordiv": { try $0.extent($1) },
    "aten._assert_tensor_metadata.default": { try $0.nothing($1) },
    "aten._assert_scalar.default": { try $0.nothing($1) },
    "aten.sym_constrain_range_for_size.default": { try $0.nothing($1) },
    "_operator.ge": { try $0.nothing($1) },
    "_operator.le": { try $0.nothing($1) },
    "_operator.eq": { try $0.nothing($1) },
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

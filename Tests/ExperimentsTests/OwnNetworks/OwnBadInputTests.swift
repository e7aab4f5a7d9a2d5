import ExperimentKit
import Experiments
import Store
import Tensors
import Testing

/// What people's manifests, arrays and weights get wrong, each with its whole message; all are found
/// before anything runs.
@Suite struct OwnBadInputTests {
  /// A change of the manifest of small vectors, and the message that it must give.
  struct Fault: Sendable, CustomTestStringConvertible {
    let name: String
    var replacing: (String, String) = ("", "")
    var adding = ""
    let message: String
    var testDescription: String { name }
  }

  private static let network =
    "{input: [6], layers: [{linear: fc1, outputs: 8}, relu, {linear: fc2, outputs: 3}]}"
  private static let testLine =
    "  test: {inputs: \"vectors.safetensors#x\", targets: \"vectors.safetensors#y\"}"

  static let faults: [Fault] = [
    // MARK: Networks
    Fault(
      name: "layer misspelt", replacing: ("{linear: fc1", "{liner: fc1"),
      message: """
        m.yaml:3:33: 'network.layers': unknown layer 'liner'
          why: the layers are linear, conv2d, batchnorm, layernorm, embedding, lstm, attention, maxpool, avgpool, global-avgpool, flatten, last-step, mean-of-steps, relu, gelu, silu, tanh, sigmoid, softmax, dropout, residual
          help: did you mean 'linear'?
        """),
    Fault(
      name: "layer of another program", replacing: ("{linear: fc1", "{dense: fc1"),
      message: """
        m.yaml:3:33: 'network.layers': unknown layer 'dense'
          why: the layers are linear, conv2d, batchnorm, layernorm, embedding, lstm, attention, maxpool, avgpool, global-avgpool, flatten, last-step, mean-of-steps, relu, gelu, silu, tanh, sigmoid, softmax, dropout, residual
          help: write 'linear'
        """),
    Fault(
      name: "layer without its size", replacing: ("{linear: fc1, outputs: 8}", "{linear: fc1}"),
      message: """
        m.yaml:3:32: 'network.layers': a layer 'linear' without 'outputs'
          why: allowed is linear, conv2d, batchnorm, layernorm, embedding, lstm, attention, maxpool, avgpool, global-avgpool, flatten, last-step, mean-of-steps, relu, gelu, silu, tanh, sigmoid, softmax, dropout, residual
          help: write a layer such as {linear: fc1, outputs: 10}
        """),
    Fault(
      name: "two layers of one name", replacing: ("{linear: fc2", "{linear: fc1"),
      message: """
        m.yaml:3:32: network.layers: layer 'fc1': two layers have this name (variant 'main', profile 'quick')
        """),
    Fault(
      name: "layer that does not fit", replacing: ("relu,", "{conv2d: c, filters: 4, kernel: 3},"),
      message: """
        m.yaml:3:59: the layer 'conv2d' 'c' does not fit what comes before (variant 'main', profile 'quick')
          why: 4 outputs of a convolution of an input 8
          help: shapes are those of one example; images are rows×columns×channels between layers
        """),
    Fault(
      name: "no input", replacing: ("input: [6], ", ""),
      message: """
        m.yaml:3:1: network.input is missing (variant 'main', profile 'quick')
          why: the shape of one input is needed, in PyTorch's order
          help: write input: [1, 28, 28] for images, input: [784] for vectors, input: [32] for tokens
        """),
    // MARK: Data
    Fault(
      name: "file missing",
      replacing: ("train: {inputs: \"vectors.safetensors#x\"", "train: {inputs: \"nowhere.npy\""),
      message: """
        cannot read 'nowhere.npy'
          why: No such file or directory
          help: check the path
        """),
    Fault(
      name: "tensor missing",
      replacing: ("vectors.safetensors#x\", targets", "vectors.safetensors#X1\", targets"),
      message: """
        'vectors.safetensors' has no tensor 'X1'
          why: it has 'x', 'y'
          help: did you mean 'x'?
        """),
    Fault(
      name: "tensor not named", replacing: ("vectors.safetensors#x", "vectors.safetensors"),
      message: """
        'vectors.safetensors': which tensor is meant?
          why: it has 'x', 'y'
          help: write 'vectors.safetensors#x'
        """),
    Fault(
      name: "inputs of another shape", replacing: ("input: [6]", "input: [7]"),
      message: """
        the inputs of 'vectors.safetensors#x' have shape 60×6
          why: the network takes N×7
          help: make the arrays and network.input agree; the first axis is that of the examples
        """),
    Fault(
      name: "more classes than outputs",
      replacing: ("{linear: fc2, outputs: 3}", "{linear: fc2, outputs: 2}"),
      message: """
        vectors.safetensors#y: row 1 has the target 2
          why: the network tells 2 classes apart: targets are 0 to 1
          help: a network with more outputs, or other targets, is needed
        """),
    Fault(
      name: "inputs in place of targets",
      replacing: ("targets: \"vectors.safetensors#y\"", "targets: \"vectors.safetensors#x\""),
      message: """
        vectors.safetensors#x: row 0 has the target 0.3172013461589813
          why: classes are whole numbers from 0
          help: number the classes from 0, in Python: np.unique(labels, return_inverse=True)[1]
        """),
    Fault(
      name: "nothing to test on", replacing: (testLine, "  scale: 1"),
      message: """
        m.yaml:4:1: data has nothing to test on (variant 'main', profile 'quick')
          why: neither data.test nor data.test-share nor data.test-column is given
          help: name the test examples in data.test, or set data.test-share: 0.2
        """),
    Fault(
      name: "two ways to test", replacing: (testLine, testLine + "\n  test-share: 0.2"),
      message: """
        m.yaml:4:1: data says in more than one way what is tested on (variant 'main', profile 'quick')
          why: only one of data.test, data.test-share and data.test-column can be given
        """),
    Fault(
      name: "means for no channels", replacing: (testLine, testLine + "\n  mean: [0.5, 0.5]"),
      message: """
        m.yaml:7:3: data.mean has 2 numbers (variant 'main', profile 'quick')
          why: the input 6 has 6 channels: one number, or one for each of them
        """),
    // MARK: Losses
    Fault(
      name: "sequence without steps", adding: "loss: sequence",
      message: """
        m.yaml:10:1: loss: sequence for a network whose outputs have shape 3 (variant 'main', profile 'quick')
          why: needed are T×K outputs, K for each of T steps
          help: change the last layers, or the loss
        """),
    Fault(
      name: "numbers of another width", adding: "loss: mse",
      message: """
        the targets of 'vectors.safetensors#y' have shape 60
          why: loss: mse for outputs 3 needs N×3
          help: as many numbers for each example as the network gives
        """),
    // MARK: Sub-tasks
    Fault(
      name: "no such class", adding: "subtasks: {cats: {targets: [cat]}}",
      message: """
        subtasks.cats: there is no class 'cat'
          why: the classes are 0 to 2
        """),
    Fault(
      name: "no examples",
      adding: "subtasks: {none: {targets: [0], without: []}, empty: {map: [-1, -1, -1]}}",
      message: """
        subtasks.empty: none of the 60 examples to train on belongs to it
          why: nothing fits its conditions
          help: look at the targets and columns of the data
        """),
    Fault(
      name: "the full task again", adding: "subtasks: {all: {}}",
      message: """
        m.yaml:10:12: subtasks.all: it is the full task (variant 'main', profile 'quick')
          why: nothing says how it differs
          help: select examples with targets, without or where, or change them with zero, permute, map or column
        """),
    Fault(
      name: "condition without table", adding: "subtasks: {short: {where: {length: 3}}}",
      message: """
        subtasks.short.where needs a table, but there is none
          help: name a CSV file with a line for each example in data.train.table, and in data.test.table
        """),
    Fault(
      name: "range without numbers", adding: "subtasks: {short: {where: {length: {}}}}",
      message: """
        m.yaml:10:36: 'subtasks.short.where': the range of 'length' holds no number
          why: a range has 'from' and 'to', both included
        """),
    Fault(
      name: "element beyond the input", adding: "subtasks: {blind: {zero: [[4, 6]]}}",
      message: """
        subtasks.blind.zero: there is no element 6
          why: an input has 6 elements, numbered from 0
        """),
    Fault(
      name: "map of another length", adding: "subtasks: {parity: {map: [0, 1]}}",
      message: """
        subtasks.parity.map has 2 numbers up to 1
          why: needed is one for each of the 3 classes, below 3
        """),
    Fault(
      name: "name that is taken", adding: "subtasks: {full: {targets: [0]}}",
      message: """
        m.yaml:10:12: subtasks.full: the name is taken (variant 'main', profile 'quick')
          why: 'full' is the task of the network itself
        """),
    Fault(
      name: "name that is none", adding: "subtasks: {\"a b\": {targets: [0]}}",
      message: """
        m.yaml:10:12: 'a b' cannot be a name here
          why: names are made of at most 64 lower-case letters, digits and dashes
        """),
    Fault(
      name: "sub-task key misspelt", adding: "subtasks: {low: {target: [0]}}",
      message: """
        m.yaml:10:18: unknown key 'target' in 'subtasks.low'
          why: allowed are column, map, permute, targets, test, train, where, without, zero
          help: did you mean 'targets'?
        """),
    Fault(
      name: "copied parameter that is none", adding: "copy-from-full: [fc3.weight]",
      message: """
        m.yaml:10:1: copy-from-full: 'fc3.weight' is no parameter with masks (variant 'main', profile 'quick')
          why: those are fc1.weight, fc2.weight
          help: did you mean 'fc1.weight'?
        """),
  ]

  @Test(arguments: faults) func `a fault gives its message`(_ fault: Fault) throws {
    try OwnStudies.inFolder { studies in
      try studies.writeVectors()
      var manifest = OwnStudies.vectors(fault.adding)
      if !fault.replacing.0.isEmpty {
        #expect(manifest.contains(fault.replacing.0))
        manifest = manifest.replacing(
          fault.replacing.0, with: fault.replacing.1, maxReplacements: 1)
      }
      #expect(studies.failure(manifest) == fault.message)
    }
  }
}

import ExperimentKit
import Experiments
import NetworkFiles
import NeuralNetworks
import Store
import Tensors
import TestSupport
import Testing

/// Clusters of networks that PyTorch has exported, on examples in files.
@Suite struct OwnNetworkClustersTests {
  private static let programs = Repository.root.appendingPathComponent(
    "Tests/NetworkFilesTests/Goldens/programs"
  ).path

  /// Writes the inputs of an exported network, not normalised yet, with the classes that PyTorch's outputs
  /// give them.
  ///
  /// - Returns: the number of examples.
  @discardableResult
  private static func writeExamples(_ network: String, _ studies: OwnStudies) throws -> Int {
    let file = try Safetensors.read("\(programs)/outputs.safetensors").tensors
    let inputs = try #require(file["\(network)/inputs"]?.float32)
    let logits = try #require(file["\(network)/outputs"]?.float32)
    let classes = logits.argmaxRows().map { Int64($0) }
    let raw = Tensor(inputs.scalars.map { ($0 * 0.25 + 0.5) * 255 }, shape: inputs.shape)
    try Safetensors.write(
      ["x": .float32(raw), "y": .int64(classes, [classes.count])],
      to: "\(studies.folder)/d.safetensors")
    return classes.count
  }

  private static func manifest(
    _ kind: String, _ network: String, _ rest: String = "", k: String = "[2]"
  ) -> String {
    """
    schema: 1
    experiment: \(kind)
    network: {source: file, \(network)}
    data:
      train: {inputs: "d.safetensors#x", targets: "d.safetensors#y"}
      test: {inputs: "d.safetensors#x", targets: "d.safetensors#y"}
      scale: 255
      mean: [0.5]
      std: [0.25]
    clusters: {k: \(k), restarts: 5}
    \(rest)
    """
  }

  private static func program(_ name: String) -> String { "import: \(programs)/\(name).pt2" }

  @Test func `filters are clustered under the names of their modules`() throws {
    try OwnStudies.inFolder { studies in
      let count = try Self.writeExamples("vgg", studies)
      let manifest = Self.manifest(
        "clusterability", Self.program("vgg"), "shuffles: {samples: 3}")
      let (kind, prepared) = try studies.prepare(manifest)
      let context = try RunContext(
        seed: 0, kind: kind, dataFolder: studies.folder, folder: studies.folder)
      try prepared.run(context)
      for set in ["train", "test"] {
        let keys = ["imported", "none", set]
        #expect(try context.value(.accuracy, keys, "accuracy") == 1, "as PyTorch answers")
        #expect(try context.value(.accuracy, keys, "n_examples") == Double(count))
      }
      #expect(context.texts(.partition, 2) == ["0", "4", "all"])
      #expect(
        try context.value(.ncutShuffle, ["imported", "weights-k2", "layer"], "n_samples") == 3)
      #expect(context.dataFiles.keys.contains { $0.hasSuffix("vgg.pt2") })

      // The normalised cut again, from labels and weights: the only edges join the two convolutions, and
      // the normalisation behind the second one, whose ε is 0.001, belongs to its weights.
      let tensors = try ImportedNetwork(program: "\(Self.programs)/vgg.pt2").tensors
      let kernel = try #require(tensors["4.weight"]), gamma = try #require(tensors["5.weight"])
      let variance = try #require(tensors["5.running_var"])
      let layers = try #require(
        try PartitionFile("\(studies.folder)/partitions.safetensors").partitions[
          PartitionFile.Name(stage: "imported", partition: "weights-k2")])
      #expect(layers.map(\.name) == ["0", "4"] && layers.map(\.labels.count) == [4, 6])
      var (cut, volume) = ([0.0, 0.0], [0.0, 0.0])
      for output in 0..<6 {
        let scale =
          abs(Double(gamma[flat: output])) / (Double(variance[flat: output]) + 1e-3).squareRoot()
        for input in 0..<4 {
          let start = (output * 4 + input) * 9
          let edge = scale * (start..<start + 9).reduce(0) { $0 + abs(Double(kernel[flat: $1])) }
          let ends = [layers[0].labels[input], layers[1].labels[output]]
          for label in ends {
            volume[label] += edge
            if ends[0] != ends[1] { cut[label] += edge }
          }
        }
      }
      let expected = zip(cut, volume).reduce(0) { $0 + $1.0 / ($1.1 + 1e-8) }
      let found = try context.value(.ncut, ["imported", "weights-k2"], "ncut")
      #expect(abs(found - expected) < 1e-9 * expected)
    }
  }

  @Test func `one network has one graph, whatever file it comes from`() throws {
    try OwnStudies.inFolder { studies in
      try Self.writeExamples("mlp", studies)
      let tensors = try ImportedNetwork(program: "\(Self.programs)/mlp.pt2").tensors
      let state = tensors.mapValues { StoredTensor.float32($0) }
      try Safetensors.write(state, to: "\(studies.folder)/state.safetensors")
      var own: [String: StoredTensor] = [:]
      for (number, place) in [0, 2, 4].enumerated() {
        let weight = try #require(tensors["\(place).weight"])
        own["layers.\(number).weight"] = .float32(weight)
        own["layers.\(number).bias"] = .float32(
          tensors["\(place).bias"] ?? Tensor(repeating: 0, shape: [weight.shape[0]]))
      }
      try Safetensors.write(
        own, metadata: ["architecture": #"{"kind": "mlp"}"#],
        to: "\(studies.folder)/own.safetensors")
      let widths = [0, 2].map { tensors["\($0).weight"]?.shape[0] ?? 0 }
      let listed = """
        input: [7], layers: [{linear: "0", outputs: \(widths[0])}, relu, \
        {linear: "2", outputs: \(widths[1]), bias: false}, relu, {linear: "4", outputs: 4}], \
        weights: \(studies.folder)/state.safetensors
        """
      let runs = try [
        Self.program("mlp"), listed, "weights: \(studies.folder)/own.safetensors",
      ].map { try studies.run(Self.manifest("clusterability", $0, "shuffles: {samples: 2}")) }
      for run in runs {
        for index in 1...4 {
          let keys = ["imported", "weights", "\(index)"]
          #expect(
            try run.value(.eigenvalues, keys, "eigenvalue")
              == runs[0].value(.eigenvalues, keys, "eigenvalue"))
        }
        #expect(try run.value(.accuracy, ["imported", "none", "test"], "accuracy") == 1)
      }
      #expect(runs[0].texts(.partition, 2) == ["inputs", "0", "2", "4", "all"])
    }
  }

  @Test(arguments: ["cluster-importance", "cluster-dependency"], ["vgg", "resnet"])
  func `clusters are silenced on the examples of the files`(
    kind: String, network: String
  ) throws {
    try OwnStudies.inFolder { studies in
      try Self.writeExamples(network, studies)
      let context = try studies.run(
        Self.manifest(
          kind, Self.program(network), "lesions: {controls: 3, match: size-and-norm}"))
      let keys = ["imported", "weights-k2", "none", "-1", "intact", "0", "all"]
      #expect(try context.value(.lesion, keys, "accuracy") == 1)
      let subClusters = context.records(of: .subCluster).filter { $0.metric == "n_units" }
      let names =
        try UnitLayers(ImportedNetwork(program: "\(Self.programs)/\(network).pt2").description)
        .layers.map(\.name)
      #expect(
        subClusters.count >= 2 && Set(subClusters.map { $0.keys[2] }).isSubset(of: names))
      if network == "resnet" {
        #expect(subClusters.contains { $0.keys[2].contains("downsample") })
      }
    }
  }

  @Test(arguments: [false, true])
  func `what clusters of networks with shortcuts look for is shown`(isSmall: Bool) throws {
    try OwnStudies.inFolder { studies in
      try Self.writeExamples("resnet", studies)
      let manifest = Self.manifest(
        "cluster-coherence", Self.program("resnet"),
        "features: {controls: 2, steps: 3, min-size: 1, max-share: 1\(isSmall ? ", side: 10" : "")}",
        k: "[20]"
      )
      let (kind, prepared) = try studies.prepare(manifest)
      let context = try RunContext(
        seed: 0, kind: kind, dataFolder: studies.folder, folder: studies.folder)
      try prepared.run(context)
      let rows = context.records(of: .featurePicture).filter { $0.metric == "score_final" }
      #expect(rows.count > 6 && rows.allSatisfy(\.value.isFinite))
      let file = try Safetensors.read("\(studies.folder)/features.safetensors").tensors
      let input = try ImportedNetwork(program: "\(Self.programs)/resnet.pt2").input.shape
      let pictures = file.filter { !$0.key.hasSuffix("/members") }
      #expect(pictures.count * 3 == rows.count)
      for picture in pictures.values {
        #expect(
          picture.shape.dimensions == [3] + (isSmall ? [input[0], 10, 10] : input.dimensions))
      }
    }
  }

  @Test(
    arguments: [
      (
        "clusterability", "network: {import: n.pt2}", .manifestInvalid,
        "'network.import' with 'network.source: train'"
      ),
      (
        "clusterability", "network: {source: initial, names: {a: b}}", .manifestInvalid,
        "'network.names' with 'network.source: initial'"
      ),
      (
        "clusterability", "network: {source: file, input: [6], layers: [{linear: a, outputs: 2}]}",
        .manifestInvalid, "layers without weights are trained by the kind own-network"
      ),
      (
        "cluster-importance", "data: {train: {inputs: x.npy, targets: y.npy}, test-share: 0.5}",
        .manifestInvalid, "'data' with 'network.source: train'"
      ),
      (
        "clusterability",
        "network: {source: file, import: PROGRAMS/vgg.pt2}\ndata: {test-share: 0.5}",
        .manifestInvalid, "data.train has no inputs"
      ),
      (
        "clusterability", "network: {source: file, import: PROGRAMS/lstm-last.pt2}",
        .manifestInvalid,
        "the network of the file has no units that can be clustered"
      ),
      (
        "cluster-importance", "network: {source: file, import: PROGRAMS/resnet.pt2}",
        .manifestInvalid, "takes no images of the task"
      ),
      (
        "clusterability",
        "network: {source: file, import: PROGRAMS/vgg.pt2}\nclusters: {graph: activations}",
        .manifestInvalid, "units are compared by their activations"
      ),
      (
        "cluster-coherence",
        "network: {source: file, import: PROGRAMS/vgg.pt2}\nfeatures: {side: 40}",
        .manifestInvalid, "the network takes no images of 40×40"
      ),
      (
        "cluster-coherence", "features: {side: 40}", .manifestInvalid, "with a network of vectors"
      ),
      (
        "cluster-pictures",
        "network: {source: file, import: PROGRAMS/vgg.pt2}\ndata: {train: {inputs: "
          + "\"d.safetensors#x\", targets: \"d.safetensors#y\"}, test-share: 0.5}",
        .manifestInvalid, "no images of the task"
      ),
      (
        "cluster-importance", "network: {source: file, import: PROGRAMS/vgg.pt2}", .manifestInvalid,
        "name the examples that it was trained on in the section data"
      ),
      (
        "clusterability", "network: {source: file, import: nowhere.pt2}", .dataMissing,
        "nowhere.pt2"
      ),
    ] as [(String, String, ExitCode, String)])
  func `what does not go together is refused`(
    kind: String, lines: String, code: ExitCode, message: String
  ) throws {
    try OwnStudies.inFolder { studies in
      try Self.writeExamples("vgg", studies)
      let text =
        "schema: 1\nexperiment: \(kind)\n\(lines.replacing("PROGRAMS", with: Self.programs))\n"
      let failure = #expect(throws: Failure.self) { try studies.run(text) }
      #expect(failure?.exitCode == code)
      #expect("\(failure as Any)".contains(message), "\(failure as Any)")
    }
  }

  @Test func `what no machine can hold is refused before anything runs`() throws {
    try OwnStudies.inFolder { studies in
      func failure(_ lines: String) -> Failure? {
        #expect(throws: Failure.self) {
          try studies.check("schema: 1\nexperiment: clusterability\n\(lines)\n")
        }
      }
      let widths = [Int](repeating: 100_000, count: 64)
      // Four bytes for each weight and bias, and sixteen for each edge, which are the weights.
      let training = failure("network: {hidden: \(widths)}")
      #expect(training?.exitCode == .manifestInvalid)
      #expect(training?.what.contains("at least 12601613600040 bytes") == true)
      let activations = failure(
        "network: {source: initial, hidden: \(widths)}\nclusters: {graph: activations}")
      #expect(activations?.why?.contains("its training 0 bytes") == true)
      #expect(studies.failure("schema: 1\nexperiment: clusterability\n") == "nothing")
    }
  }

  @Test func `files are looked at before anything runs`() throws {
    try OwnStudies.inFolder { studies in
      try Self.writeExamples("vgg", studies)
      let manifest = Self.manifest("cluster-importance", Self.program("vgg"))
      #expect(studies.failure(manifest) == "nothing")
      #expect(
        studies.failure(manifest.replacing("d.safetensors#y", with: "d.safetensors#z"))
          .contains("has no tensor 'z'"))
    }
  }
}

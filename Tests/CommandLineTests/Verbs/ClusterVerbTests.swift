import NetworkFiles
import NeuralNetworks
import Store
import Tensors
import TestSupport
import Testing

@testable import CommandLine

@Suite struct ClusterVerbTests {
  private let random = RandomSource(seed: 6)

  /// Files in a temporary folder: a network whose units fall into two groups, and one of convolutions.
  private func withFiles(_ body: (_ folder: String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let units = try UnitLayers(.feedForward(sizes: [12, 10, 8, 4]))
      var tensors = UnitNetwork<Float>(units, random: random).tensors
      for (layer, shape) in [[10, 12], [8, 10], [4, 8]].enumerated() {
        var weight = Tensor<Float>(zeros: Shape(shape))
        for i in 0..<shape[0] {
          // Unit 9 of the first hidden layer has no edges.
          let isDead = layer == 0 && i == 9
          for j in 0..<shape[1] where !isDead && !(layer == 1 && j == 9) {
            weight[i, j] = i % 2 == j % 2 ? 1 : 0.01
          }
        }
        tensors["layers.\(layer).weight"] = weight
      }
      try write(tensors, #"{"kind": "mlp"}"#, "\(folder)/mlp.safetensors")
      let stack = ConvolutionStack.small(input: [8, 8, 1], channels: [6, 7, 8])
      let convolutions = try UnitLayers(.stacked(stack))
      try write(
        UnitNetwork<Float>(convolutions, random: random).tensors,
        NetworkArchitecture(stack).text, "\(folder)/cnn.safetensors")
      try body(folder)
    }
  }

  private func write(
    _ tensors: [String: Tensor<Float>], _ architecture: String?, _ path: String
  ) throws {
    try Safetensors.write(
      tensors.mapValues(StoredTensor.float32),
      metadata: architecture.map { ["architecture": $0] } ?? [:], to: path)
  }

  private func run(_ words: [String], _ code: ExitCode = .success) -> Terminal {
    let terminal = Terminal()
    #expect(terminal.run(["cluster"] + words) == code, "\(terminal.error)")
    return terminal
  }

  @Test func `labels, cuts, comparisons and contents`() throws {
    try withFiles { folder in
      let (weights, file) = ("\(folder)/mlp.safetensors", "\(folder)/p.safetensors")
      let labels = run(["labels", weights, "--k", "2,3,2", "-o", file, "--json"])
      let records = try labels.records
      #expect(records.count == 2 * 5 && records.allSatisfy { $0["schema"] == "modlab-cluster-1" })
      let partition = records[0]
      #expect(partition["partition"] == "weights-k2" && partition["stage"] == "imported")
      #expect(partition["n_vertices"] == 33 && partition["n_isolated"] == 1)
      #expect(partition["n_components"] == 1)
      #expect(partition["eigenvalues"]?.arrayValue?.count == 4)
      #expect(partition["ari_restarts"]?.numberValue == 1)
      let cut = try #require(partition["ncut"]?.numberValue)
      let bound = (partition["eigenvalues"]?.arrayValue ?? []).prefix(2)
        .reduce(0) { $0 + ($1.numberValue ?? 0) }
      #expect(cut < 0.1 && cut >= bound - 1e-9)
      #expect(records[2]["layer"] == "layers.0" && records[2]["n_isolated"] == 1)
      #expect(records[2]["n_clusters"] == 2 && records[2]["n_units"] == 10)

      let stored = try PartitionFile(file)
      #expect(stored.partitions.keys.sorted().map(\.partition) == ["weights-k2", "weights-k3"])
      let layers = try #require(
        stored.partitions[.init(stage: "imported", partition: "weights-k2")])
      #expect(layers.map(\.name) == ["inputs", "layers.0", "layers.1", "layers.2"])
      #expect(layers[1].labels[9] == -1)
      #expect((0..<9).allSatisfy { layers[1].labels[$0] == layers[0].labels[$0 % 2] })

      let measured = try run(["ncut", weights, "\(file):weights-k2", "--json"]).records
      #expect(measured.count == 1)
      #expect(abs((measured[0]["ncut"]?.numberValue ?? 0) - cut) < 1e-12)
      #expect(measured[0]["n_clusters"] == 2 && measured[0]["n_isolated"] == 1)

      let compared = try run(
        ["compare", "\(file):weights-k2", "\(file):imported/weights-k2", "--json"]
      ).records
      #expect(
        compared.map { $0["layer"] } == ["inputs", "layers.0", "layers.1", "layers.2", "all"])
      #expect(compared.allSatisfy { $0["adjusted_rand_index"]?.numberValue == 1 })
      #expect(compared[1]["n_units"] == 9 && compared[4]["n_units"] == 33)
      let others = try run(["compare", "\(file):weights-k2", "\(file):weights-k3", "--json"])
        .records
      #expect((others[4]["normalized_mutual_information"]?.numberValue ?? 1) < 1)

      let info = try run(["info", file, "--json"]).records
      #expect(info.count == 9)
      #expect(info[1]["sizes"]?.objectValue?.count == 2 && info[1]["n_isolated"] == 1)
      #expect(info[8]["metadata"]?["assign"] == "kmeans")
      #expect(run(["info", file]).output.contains("weights-k3"))
      #expect(run(["labels", weights, "--k", "2", "-o", file]).output.contains("eigenvalues"))
    }
  }

  @Test func `the same seed gives the same bytes, also beside other numbers of clusters`() throws {
    try withFiles { folder in
      func labels(_ name: String, _ k: String) throws -> [PartitionFile.Layer]? {
        let path = "\(folder)/\(name).safetensors"
        _ = run(["labels", "\(folder)/cnn.safetensors", "--k", k, "-o", path, "--seed", "3"])
        return try PartitionFile(path).partitions[
          .init(stage: "imported", partition: "weights-k4")]
      }
      let alone = try labels("a", "4")
      #expect(try alone == labels("b", "4") && alone != nil)
      #expect(try alone == labels("c", "8,4"))
    }
  }

  @Test(arguments: ["weights", "local-weights"])
  func `switches of the graph`(kind: String) throws {
    try withFiles { folder in
      let file = "\(folder)/p.safetensors"
      _ = run([
        "labels", "\(folder)/mlp.safetensors", "--k", "2", "-o", file, "--graph", kind,
        "--without-inputs", "--assign", "weighted", "--restarts", "3",
      ])
      let found = try PartitionFile(file)
      let layers = found.partitions[.init(stage: "imported", partition: "\(kind)-k2")]
      #expect(layers?.map(\.name) == ["layers.0", "layers.1", "layers.2"])
      let labels = try #require(layers?[1].labels)
      #expect((0..<8).allSatisfy { (labels[$0] == labels[0]) == ($0 % 2 == 0) })
      #expect(found.metadata["inputs"] == "false" && found.metadata["assign"] == "weighted")
      _ = run(["ncut", "\(folder)/mlp.safetensors", file])
      let column = run([
        "labels", "\(folder)/cnn.safetensors", "--k", "2", "-o", file, "--kernel-norm", "column",
        "--batch-norm", "none", "--graph", kind, "--json",
      ])
      guard kind == "weights" else { return }
      // The cut is that of the graph that the partitions were made from, unless another is asked for.
      func cut(_ options: [String]) throws -> Double? {
        try run(["ncut", "\(folder)/cnn.safetensors", file, "--json"] + options)
          .records[0]["ncut"]?.numberValue
      }
      let own = try #require(column.records[0]["ncut"]?.numberValue)
      #expect(try abs((cut([]) ?? 0) - own) < 1e-12)
      #expect(try abs((cut(["--kernel-norm", "sum"]) ?? 0) - own) > 1e-6)
    }
  }

  @Test func `shuffles of a network of two groups are less clusterable`() throws {
    try withFiles { folder in
      for method in ["layer", "layer-nonzero", "layer-all-distribution"] {
        let record = try #require(
          run([
            "shuffle", "\(folder)/mlp.safetensors", "--k", "2", "--samples", "6", "--method",
            method, "--json",
          ]).records.first)
        #expect(record["n_samples"] == 6 && record["shuffle"] == .string(method))
        #expect(record["samples"]?.arrayValue?.count == 6)
        let z = try #require(record["z"]?.numberValue)
        #expect(z < -2, "\(method)")
        #expect(record["p"]?.numberValue == 1.0 / 7)
      }
    }
  }

  @Test func `components are warned of`() throws {
    try withTemporaryFolder { folder in
      let units = try UnitLayers(.feedForward(sizes: [4, 4, 4]))
      var tensors = UnitNetwork<Float>(units, random: random).tensors
      for layer in 0..<2 {
        tensors["layers.\(layer).weight"] = Tensor(
          (0..<16).map { $0 / 4 / 3 == $0 % 4 / 3 ? 1 : 0 }, shape: [4, 4])
      }
      try write(tensors, #"{"kind": "mlp"}"#, "\(folder)/w.safetensors")
      let terminal = run(
        ["labels", "\(folder)/w.safetensors", "--k", "2", "-o", "\(folder)/p.safetensors"])
      #expect(
        terminal.error.contains(
          "the graph has 2 components, of 9, 3 units: as many eigenvalues are 0"))
      // More clusters than different rows of the eigenvectors.
      #expect(
        run(["labels", "\(folder)/w.safetensors", "--k", "12", "-o", "\(folder)/p.safetensors"])
          .output.contains("weights-k12"))
    }
  }

  @Test func `what is asked for must be possible`() throws {
    try withFiles { folder in
      let (weights, file) = ("\(folder)/mlp.safetensors", "\(folder)/p.safetensors")
      #expect(
        run(["labels", weights, "--k", "40", "-o", file], .usage).error.contains(
          "--k 40: only 33 units have edges"))
      #expect(
        run(["shuffle", weights, "--k", "34"], .usage).error.contains(
          "--k 34: only 33 units have edges"))
      for k in ["1", "x", "2,", "-3"] {
        #expect(
          run(["labels", weights, "--k=\(k)", "-o", file], .usage).error.contains(
            "is not a value of --k"))
      }
      #expect(
        run(["shuffle", weights, "--method", "layer-nonzer"], .usage).error.contains(
          "did you mean 'layer-nonzero'?"))
      #expect(run(["ncut", weights], .usage).error.contains("WEIGHTS FILE[:PARTITION]"))
      _ = run(["labels", weights, "--k", "2,3", "-o", file])
      #expect(
        run(["info", "\(file):weights-k4"], .usage).error.contains("has no partition 'weights-k4'"))
      #expect(
        run(["compare", file, "\(file):weights-k2"], .usage).error.contains("select one"))
    }
  }

  @Test func `files that do not belong together are refused`() throws {
    try withFiles { folder in
      let (weights, file) = ("\(folder)/mlp.safetensors", "\(folder)/p.safetensors")
      _ = run(["labels", weights, "--k", "2", "-o", file])
      let other = try UnitLayers(.feedForward(sizes: [12, 10, 9, 4]))
      let tensors = UnitNetwork<Float>(other, random: random).tensors
      try write(tensors, #"{"kind": "mlp"}"#, "\(folder)/other.safetensors")
      let refused = run(["ncut", "\(folder)/other.safetensors", file], .corrupt)
      #expect(refused.error.contains("holds a partition of another network"))
      #expect(
        refused.error.contains(
          "its layer 3 is 'layers.1' with 8 units, there it is 'layers.1' with 9 units"))
      // Units with edges that the partition does not know.
      var dense = tensors
      dense["layers.1.weight"] = Tensor(repeating: 1, shape: [8, 10])
      dense["layers.1.bias"] = Tensor(zeros: [8])
      dense["layers.2.weight"] = Tensor(repeating: 1, shape: [4, 8])
      try write(dense, #"{"kind": "mlp"}"#, "\(folder)/dense.safetensors")
      #expect(
        run(["ncut", "\(folder)/dense.safetensors", file], .corrupt).error.contains(
          "unit 9 of 'layers.0' has edges, but no cluster"))
      _ = run(
        ["labels", "\(folder)/cnn.safetensors", "--k", "2", "-o", "\(folder)/q.safetensors"])
      #expect(
        run(["compare", file, "\(folder)/q.safetensors"], .corrupt).error.contains(
          "its layer 1 is 'inputs' with 12 units, there it is 'convolutions.0' with 6 units"))
      #expect(run(["info", weights], .corrupt).error.contains("is no partition"))
      #expect(run(["info", "\(folder)/none.safetensors"], .dataMissing).error.contains("none"))
    }
  }

  @Test func `the architecture comes from the file or from an option`() throws {
    try withFiles { folder in
      let units = try UnitLayers(.feedForward(sizes: [5, 4, 3]))
      var tensors = UnitNetwork<Float>(units, random: random).tensors
      let (weights, file) = ("\(folder)/plain.safetensors", "\(folder)/p.safetensors")
      try write(tensors, nil, weights)
      let words = ["labels", weights, "--k", "2", "-o", file]
      let refused = run(words, .corrupt)
      #expect(refused.error.contains("take --architecture"))
      try AtomicFile.write(Array(#"{"kind": "mlp"}"#.utf8), to: "\(folder)/a.json")
      _ = run(words + ["--architecture", "\(folder)/a.json"])
      #expect(
        run(words + ["--architecture", "\(folder)/b.json"], .dataMissing).error.contains("b.json"))
      tensors["layers.1.weight"]?[flat: 2] = .infinity
      try write(tensors, #"{"kind": "mlp"}"#, weights)
      #expect(
        run(words, .corrupt).error.contains(
          "the tensor 'layers.1.weight' has 1 of 12 values that are not finite"))
    }
  }

  @Test func `weight files are described with their units`() throws {
    try withFiles { folder in
      let terminal = Terminal()
      #expect(terminal.run(["describe", "\(folder)/mlp.safetensors", "--json"]) == .success)
      let record = try #require(terminal.records.first)
      #expect(record["schema"] == "modlab-network-1")
      #expect(record["units"] == 18 && record["vertices"] == 34 && record["inputs"] == 12)
      let text = Terminal()
      #expect(text.run(["describe", "\(folder)/cnn.safetensors"]) == .success)
      #expect(text.output.contains("21 units, 21 vertices"))
      #expect(text.output.contains("convolutions.2"))
    }
  }
}

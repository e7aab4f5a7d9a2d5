import ExperimentKit
import Experiments
import Store
import Tensors
import Testing

@Suite struct OwnNetworkTests {
  private static let modes: Set = [
    "none", "mask", "inverse", "inverse-io-full", "inverse-io-ones", "half-early", "half-late",
    "random", "random-complement", "magnitude",
  ]

  @Test func `every stage is recorded in all modes on all sets`() throws {
    try OwnStudies.inFolder { studies in
      try studies.writeVectors()
      let context = try studies.run(
        OwnStudies.vectors(
          """
          subtasks:
            low: {targets: [0, 1]}
            no-two: {without: [2]}
            blind: {zero: [[3, 5]]}
            mixed: {permute: true}
            parity: {map: [0, 1, 0]}
          """))
      let stages: Set = ["full", "low", "no-two", "blind", "mixed", "parity"]
      #expect(context.texts(.accuracy, 0) == stages.union(["pretrained"]))
      #expect(context.texts(.accuracy, 1) == Self.modes)
      #expect(
        context.texts(.accuracy, 2) == stages.subtracting(["full"]).union(["iid"]))
      #expect(context.texts(.layerStats, 0) == stages)
      #expect(context.texts(.classDrop, 0) == ["2"])
      #expect(context.texts(.confusion, 2) == ["0", "1", "2"])
      let count = try context.value(.accuracy, ["pretrained", "none", "iid"], "n_examples")
      let low = try context.value(.accuracy, ["pretrained", "none", "low"], "n_examples")
      let others = try context.value(.accuracy, ["pretrained", "none", "no-two"], "n_examples")
      #expect(count == 60 && low == others && low < count)
      // The elements that are zeroed decide nothing, the order does.
      let plain = try context.value(.accuracy, ["pretrained", "none", "iid"], "loss")
      #expect(try context.value(.accuracy, ["pretrained", "none", "mixed"], "loss") != plain)
      #expect(try context.value(.accuracy, ["pretrained", "none", "parity"], "loss") != plain)
    }
  }

  @Test func `the same seed gives the same bits and another does not`() throws {
    try OwnStudies.inFolder { studies in
      try studies.writeVectors()
      let manifest = OwnStudies.vectors(
        "subtasks: {low: {targets: [0, 1]}, mixed: {permute: true}}")
      let rows = try studies.run(manifest).rows
      #expect(try studies.run(manifest).rows == rows)
      #expect(try studies.run(manifest, seed: 1).rows != rows)
    }
  }

  @Test func `a run that is stopped again and again leaves the same files`() throws {
    try OwnStudies.inFolder { studies in
      try studies.writeVectors()
      let manifest = OwnStudies.vectors(
        "subtasks: {low: {targets: [0, 1]}, mixed: {permute: true}}",
        data: "\(studies.folder)/vectors")
      let (kind, _) = try studies.prepare(manifest)
      let variant = try #require(
        Manifest(text: manifest, path: "m.yaml", registry: AllKinds.registry)
          .resolve(profile: "quick").first)
      try TinyRun.expectSameFilesWhenStopped((kind, variant.configuration), stops: 3, steps: 17)
    }
  }

  @Test func `sweeps over masks look at the files once and share the trained network`() throws {
    func keys(_ changes: String) throws -> (files: JSONValue?, training: JSONValue?) {
      let manifest = OwnStudies.vectors("").replacing("lr: 0.3}", with: "lr: 0.3\(changes)}")
      let variant = try #require(
        Manifest(text: manifest, path: "m.yaml", registry: AllKinds.registry)
          .resolve(profile: "quick").first)
      return (variant.prepared.filesKey, variant.prepared.pretrainingKey)
    }
    let (plain, other) = (try keys(""), try keys(", beta: 0.5"))
    #expect(plain.files != nil && plain.files == other.files)
    #expect(plain.training != nil && plain.training == other.training)
  }

  @Test func `settings of a sub-task are swept under its name`() throws {
    let manifest = try Manifest(
      text: OwnStudies.vectors("subtasks: {low: {targets: [0, 1]}, high: {targets: [2]}}"),
      path: "m.yaml", registry: AllKinds.registry)
    let set = try SettingOverride.parse("subtasks.low.targets=[0],[0,2]")
    let variants = try manifest.resolve(profile: "quick", sets: [set])
    #expect(variants.map { $0.axes.map(\.value) } == [["0"], ["0 2"]])
    #expect(Set(variants.map(\.hash10)).count == 2)
    #expect(
      throws: Failure.self,
      performing: {
        try manifest.resolve(
          profile: "quick", sets: [SettingOverride.parse("subtasks.low.targts=[0]")])
      })
  }

  @Test func `declared steps are taken`() throws {
    try OwnStudies.inFolder { studies in
      try studies.writeVectors()
      let manifest = OwnStudies.vectors("subtasks: {low: {targets: [0, 1]}}")
      let (kind, prepared) = try studies.prepare(manifest)
      var begun: [String] = []
      let context = try RunContext(
        seed: 0, kind: kind, dataFolder: studies.folder, totalSteps: prepared.totalSteps,
        events: { event in
          if case .phaseStarted(let step, _, _) = event { begun.append(step) }
        })
      try prepared.run(context)
      #expect(begun == prepared.steps.map(\.name))
      #expect(prepared.steps.allSatisfy { $0.operations > 0 })
    }
  }

  @Test func `weights of a file are taken under other names, and nothing is trained`() throws {
    try OwnStudies.inFolder { studies in
      try studies.writeVectors()
      let trained = try RunContext(
        seed: 0, kind: studies.prepare(OwnStudies.vectors("")).kind, dataFolder: studies.folder,
        folder: studies.folder)
      try studies.prepare(OwnStudies.vectors("")).prepared.run(trained)
      let file = try Safetensors.read("\(studies.folder)/weights.safetensors")
      var tensors: [String: StoredTensor] = [:]
      for (name, tensor) in file.tensors {
        tensors[name.replacing("fc1.", with: "net.0.").replacing("fc2.", with: "net.2.")] = tensor
      }
      let path = "\(studies.folder)/theirs.safetensors"
      try Safetensors.write(tensors, to: path)
      let manifest = OwnStudies.vectors("").replacing(
        "{linear: fc2, outputs: 3}]}",
        with: "{linear: fc2, outputs: 3}], weights: \(path), names: {net.0: fc1, net.2: fc2}}")
      let context = try studies.run(manifest)
      for metric in ["accuracy", "loss"] {
        #expect(
          try context.value(.accuracy, ["pretrained", "none", "iid"], metric)
            == trained.value(.accuracy, ["pretrained", "none", "iid"], metric))
      }
      #expect(!context.texts(.trainingCurve, 0).contains("pretrained"))
      #expect(context.dataFiles.keys.contains { $0.hasSuffix("theirs.safetensors") })
      #expect(try studies.prepare(manifest).prepared.pretrainingKey == nil)
    }
  }

  @Test func `examples are set apart by the seed or by a column`() throws {
    try OwnStudies.inFolder { studies in
      try studies.writeVectors()
      let lines = (0..<60).map { "\($0 % 3 == 0 ? "test" : "train"),\($0)" }
      try studies.write("table.csv", "part,number\n" + lines.joined(separator: "\n") + "\n")
      func manifest(_ split: String) -> String {
        OwnStudies.vectors("subtasks: {first: {where: {number: {from: 0, to: 29}}}}").replacing(
          "  test: {inputs: \"vectors.safetensors#x\", targets: \"vectors.safetensors#y\"}",
          with: "  \(split)"
        ).replacing("#y\"}", with: "#y\", table: table.csv}")
      }
      func counts(_ split: String) throws -> [Double] {
        let context = try studies.run(manifest(split))
        return try ["iid", "first"].map {
          try context.value(.accuracy, ["pretrained", "none", $0], "n_examples")
        }
      }
      #expect(try counts("test-column: part\n  test-values: test") == [20, 10])
      let drawn = try counts("test-share: 0.3")
      #expect(drawn[0] > 8 && drawn[0] < 30 && drawn[1] < drawn[0])
    }
  }

  @Test func `numbers, groups and sequences are learned`() throws {
    try OwnStudies.inFolder { studies in
      let count = 48
      let x = OwnStudies.noise(count * 6, "regression")
      var numbers: [Float] = []
      var groups: [Int64] = []
      for row in 0..<count {
        let (a, b, c) = (x[row * 6], x[row * 6 + 1], x[row * 6 + 2])
        numbers += [a + b, a - c]
        groups += [a > 0 ? 1 : 0, b > 0 ? 1 : 0]
      }
      let tokens: [Int] = (0..<count * 5).map { place in (place * 7 + place / 5 * 3) % 4 }
      // The token before; the first step is not asked.
      let previous: [Int64] = tokens.indices.map { place in
        place % 5 == 0 ? -1 : Int64(tokens[place - 1])
      }
      try Safetensors.write(
        [
          "x": .float32(Tensor(x, shape: [count, 6])),
          "numbers": .float32(Tensor(numbers, shape: [count, 2])),
          "groups": .int64(groups, [count, 2]),
          "tokens": .int64(tokens.map(Int64.init), [count, 5]),
          "previous": .int64(previous, [count, 5]),
        ], to: "\(studies.folder)/d.safetensors")
      func run(_ network: String, _ inputs: String, _ targets: String, _ loss: String) throws
        -> RunContext
      {
        try studies.run(
          """
          schema: 1
          experiment: own-network
          network: \(network)
          data:
            train: {inputs: "d.safetensors#\(inputs)", targets: "d.safetensors#\(targets)"}
            test: {inputs: "d.safetensors#\(inputs)", targets: "d.safetensors#\(targets)"}
          loss: \(loss)
          pretrain: {steps: 250, batch: 32, lr: 0.02}
          mask: {steps: 4, batch: 32}
          """)
      }
      func value(_ context: RunContext, _ metric: String) throws -> Double {
        try context.value(.accuracy, ["pretrained", "none", "iid"], metric)
      }
      let mlp = "{input: [6], layers: [{linear: a, outputs: 32}, tanh, {linear: b, outputs: %}]}"
      let regression = try run(mlp.replacing("%", with: "2"), "x", "numbers", "mse")
      #expect(try value(regression, "loss") < 0.1)
      #expect(
        regression.records(of: .accuracy).allSatisfy { $0.metric != "accuracy" },
        "numbers are not right or wrong")
      let digits = try run(mlp.replacing("%", with: "4"), "x", "groups", "groups")
      #expect(try value(digits, "accuracy") > 0.9)
      let sequences = try run(
        "{input: [5], layers: [{embedding: e, tokens: 4, width: 8}, {lstm: r, units: 16}, "
          + "{linear: out, outputs: 4}]}", "tokens", "previous", "sequence")
      #expect(try value(sequences, "accuracy") > 0.9)
    }
  }
}

import ExperimentKit
import Experiments
import Masks
import Store
import Tensors
import Testing

/// The stories of docs/own-networks.md at the size of tests, with data that the test writes and networks
/// that are trained here.
@Suite struct StoriesTests {
  /// Grey images of 8×8 of four classes: a bright quarter each, with noise.
  private func writeImages(_ studies: OwnStudies, _ name: String, count: Int) throws {
    let noise = OwnStudies.noise(count * 64, name)
    var pixels: [UInt8] = []
    for image in 0..<count {
      for place in 0..<64 {
        let quarter = (place / 32) * 2 + (place % 8) / 4
        let level = (quarter == image % 4 ? 160 : 60) + 20 * noise[image * 64 + place]
        pixels.append(UInt8(max(0, min(255, level))))
      }
    }
    func idx(_ extents: [Int], _ bytes: [UInt8]) -> [UInt8] {
      [0, 0, 8, UInt8(extents.count)]
        + extents.flatMap { [0, 0, UInt8($0 >> 8), UInt8($0 & 255)] } + bytes
    }
    try AtomicFile.write(
      idx([count, 8, 8], pixels), to: "\(studies.folder)/\(name)-images-idx3-ubyte")
    try AtomicFile.write(
      idx([count], (0..<count).map { UInt8($0 % 4) }),
      to: "\(studies.folder)/\(name)-labels-idx1-ubyte")
  }

  private static let images = """
    schema: 1
    experiment: own-network
    title: Even and odd quarters in a small LeNet
    network:
      input: [1, 8, 8]
      layers:
        - {conv2d: conv1, filters: 4, kernel: 3, padding: 1}
        - relu
        - {maxpool: 2}
        - flatten
        - {linear: fc1, outputs: 12}
        - relu
        - {linear: fc2, outputs: 4}
    data:
      train: {inputs: train-images-idx3-ubyte, targets: train-labels-idx1-ubyte}
      test: {inputs: t10k-images-idx3-ubyte, targets: t10k-labels-idx1-ubyte}
      scale: 255
    subtasks:
      even: {targets: [0, 2]}
      odd: {targets: [1, 3]}
    pretrain: {steps: 150, batch: 32, lr: 0.01}
    mask: {steps: 60, batch: 32, lr: 0.2, beta: 0.02}
    log-every: 20
    """

  /// Story a: the mask of the even classes keeps them and loses the odd ones, and what the run has
  /// stored gives the accuracies of the table again.
  @Test func `images from IDX files, classes in two halves`() throws {
    try OwnStudies.inFolder { studies in
      try writeImages(studies, "train", count: 160)
      try writeImages(studies, "t10k", count: 80)
      let (kind, prepared) = try studies.prepare(Self.images)
      let context = try RunContext(
        seed: 0, kind: kind, dataFolder: studies.folder, folder: studies.folder)
      try prepared.run(context)
      func accuracy(_ stage: String, _ mode: String, _ set: String) throws -> Double {
        try context.value(.accuracy, [stage, mode, set], "accuracy")
      }
      #expect(try accuracy("pretrained", "none", "iid") > 0.9)
      #expect(try accuracy("even", "mask", "even") > 0.9)
      #expect(try accuracy("even", "mask", "even") > accuracy("even", "mask", "odd"))
      #expect(context.texts(.confusion, 2) == ["0", "1", "2", "3"])
      // Again from the files of the run: logits of the masked network, and the evaluation set.
      let weights = try Safetensors.read("\(studies.folder)/weights.safetensors").tensors
      let masks = try StoredMasks(
        Safetensors.read("\(studies.folder)/masks.safetensors").tensors, path: "masks")
      let set = try prepared.evaluationSet(seed: 0, dataFolder: studies.folder)
      let logits = try prepared.predict(
        PredictionRequest(
          weights: PredictionRequest.weights(of: weights, path: "weights") { _ in },
          masks: masks.stage("even").mapValues(\.factors), inputs: set.inputs))
      let predicted = logits.argmaxRows()
      for (name, members) in set.sets {
        let rows = members.indices.filter { members[$0] }
        let right = rows.count { Int64(predicted[$0]) == set.targets[$0] }
        #expect(
          try accuracy("even", "mask", name) == Double(right) / Double(rows.count), "\(name)")
      }
      #expect(context.dataFiles.count == 4)
      #expect(context.dataFiles.values.allSatisfy { $0.digest.count == 64 })
    }
  }

  /// Story b: coloured images with their channels first, batch normalisation, a class left out with the
  /// classifier's masks taken over.
  @Test func `coloured images, a class left out`() throws {
    try OwnStudies.inFolder { studies in
      let count = 96
      let noise = OwnStudies.noise(count * 3 * 36, "colours")
      var x: [Float] = []
      for image in 0..<count {
        for channel in 0..<3 {
          for place in 0..<36 {
            x.append(
              (image % 3 == channel ? 1 : 0) + 0.3 * noise[(image * 3 + channel) * 36 + place])
          }
        }
      }
      try Safetensors.write(
        [
          "x": .float32(Tensor(x, shape: [count, 3, 6, 6])),
          "y": .int64((0..<count).map { Int64($0 % 3) }, [count]),
        ], to: "\(studies.folder)/colours.safetensors")
      let context = try studies.run(
        """
        schema: 1
        experiment: own-network
        network:
          input: [3, 6, 6]
          layers:
            - {conv2d: features.0, filters: 6, kernel: 3, padding: 1}
            - {batchnorm: features.1}
            - relu
            - {maxpool: 2}
            - {residual: features.4, layers: [{conv2d: "0", filters: 6, kernel: 3, padding: 1}, relu]}
            - global-avgpool
            - {linear: classifier, outputs: 3}
        data:
          train: {inputs: "colours.safetensors#x", targets: "colours.safetensors#y"}
          test-share: 0.25
          classes: [cat, car, cow]
          mean: [0.3, 0.3, 0.3]
          std: [0.5, 0.5, 0.5]
        subtasks:
          animals: {targets: [cat, cow]}
          no-cat: {without: [cat]}
        copy-from-full: [classifier.*]
        pretrain: {steps: 80, batch: 32, lr: 0.02}
        mask: {steps: 20, batch: 32, lr: 0.2, beta: 0.02, roles: [weight, bias]}
        log-every: 20
        """)
      #expect(try context.value(.accuracy, ["pretrained", "none", "iid"], "accuracy") > 0.9)
      #expect(context.texts(.classDrop, 0) == ["cat"])
      #expect(context.texts(.confusionDelta, 1) == ["cat", "car", "cow"])
      for layer in ["classifier.weight", "classifier.bias"] {
        let shared = try context.value(.pairOverlap, ["full", "no-cat", layer], "n_inter")
        let kept = try context.value(.layerStats, ["full", layer], "n_kept")
        #expect(shared == kept, "\(layer) is taken over")
      }
    }
  }

  /// Story c: token ids in a column of a CSV file, names of classes in another, sub-tasks by a third.
  @Test func `tokens from a table, sub-tasks by a column`() throws {
    try OwnStudies.inFolder { studies in
      var lines = ["tokens,label,topic"]
      for line in 0..<120 {
        // The answer is the sign of what stands at the topic's place: films say it early, meals late.
        let isFilm = line % 2 == 0
        let isGood = (line / 2) % 2 == 0
        var tokens = (0..<6).map { 2 + (line * 5 + $0 * 3) % 6 }
        tokens[isFilm ? 1 : 4] = isGood ? 0 : 1
        lines.append(
          tokens.map(String.init).joined(separator: " ")
            + ",\(isGood ? "good" : "bad"),\(isFilm ? "film" : "meal")")
      }
      try studies.write("reviews.csv", lines.joined(separator: "\n") + "\n")
      let context = try studies.run(
        """
        schema: 1
        experiment: own-network
        network:
          input: [6]
          layers:
            - {embedding: embedding, tokens: 8, width: 8}
            - {lstm: lstm, units: 12}
            - last-step
            - {linear: output, outputs: 2}
        data:
          train: {inputs: "reviews.csv#tokens", targets: "reviews.csv#label", table: reviews.csv}
          test-share: 0.3
          classes: [bad, good]
        subtasks:
          film: {where: {topic: film}}
          meal: {where: {topic: [meal]}}
        pretrain: {steps: 200, batch: 32, lr: 0.02}
        mask: {steps: 20, batch: 32, lr: 0.2}
        log-every: 20
        """)
      #expect(try context.value(.accuracy, ["pretrained", "none", "iid"], "accuracy") > 0.9)
      let counts = try ["iid", "film", "meal"].map {
        try context.value(.accuracy, ["film", "mask", $0], "n_examples")
      }
      #expect(counts[0] == counts[1] + counts[2] && counts[1] > 0 && counts[2] > 0)
      #expect(context.texts(.confusion, 2) == ["bad", "good"])
    }
  }
}

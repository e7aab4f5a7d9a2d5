import ExperimentKit
import Experiments
import Store
import Tensors
import TestSupport
import Testing

/// Studies of own networks on folders of PNG images.
@Suite struct OwnImageFoldersTests {
  private static let fixtures = Repository.root.appendingPathComponent(
    "Tests/DatasetsTests/Fixtures"
  ).path

  /// Writes training images of three classes, and test images of two of them.
  private func write(_ studies: OwnStudies) throws {
    for (place, image) in [
      ("train/cats/1", "grey8"), ("train/cats/2", "grey4"), ("train/dogs/1", "grey1"),
      ("train/owls/1", "grey2"), ("test/dogs/1", "grey1"), ("test/owls/1", "grey2"),
      ("test/owls/2", "grey-opaque"),
    ] {
      try Folder.create(at: "\(studies.folder)/\(place.dropLast(2))")
      try AtomicFile.write(
        try InputFile.bytes(at: "\(Self.fixtures)/images/\(image).png"),
        to: "\(studies.folder)/\(place).png")
    }
  }

  private static let manifest = """
    schema: 1
    experiment: own-network
    network: {input: [1, 5, 7], layers: [flatten, {linear: fc, outputs: 3}]}
    data:
      train: {inputs: "train#images", targets: "train#labels"}
      test: {inputs: "test#images", targets: "test#labels"}
      scale: 255
    subtasks: {birds: {targets: [owls]}}
    \(OwnStudies.short)
    """

  @Test func `classes have the numbers of the training folders, and images are on record`() throws {
    try OwnStudies.inFolder { studies in
      try write(studies)
      let (_, prepared) = try studies.prepare(Self.manifest)
      let set = try prepared.evaluationSet(seed: 0, dataFolder: studies.folder)
      #expect(set.targets == [1, 2, 2])
      let pixels = try #require(set.inputs["inputs"]?.float32)
      #expect(pixels.shape == [3, 5, 7, 1] && pixels.scalars.allSatisfy { $0 >= 0 && $0 <= 1 })
      let context = try studies.run(Self.manifest)
      #expect(try context.value(.accuracy, ["birds", "mask", "birds"], "n_examples") == 2)
      #expect(context.dataFiles.count == 7)
      #expect(context.dataFiles.keys.contains("train/cats/2.png"))
    }
  }

  @Test func `faults of images are found before anything runs`() throws {
    try OwnStudies.inFolder { studies in
      try write(studies)
      #expect(studies.failure(Self.manifest) == "nothing")
      #expect(
        studies.failure(Self.manifest.replacing("[owls]", with: "[ovls]"))
          .contains("did you mean 'owls'?"))
      try AtomicFile.write(
        try InputFile.bytes(at: "\(Self.fixtures)/bad/sixteen-bits.png"),
        to: "\(studies.folder)/test/owls/3.png")
      #expect(
        studies.failure(Self.manifest) == """
          test/owls/3.png: the image has 16 bits per channel
            why: up to 8 are read
            help: make an array of such images: np.save('images.npy', np.stack(images))
          """)
      try Folder.create(at: "\(studies.folder)/test/hens")
      #expect(
        studies.failure(Self.manifest.replacing("test#images", with: "train#images"))
          .contains("has the class 'hens'"))
    }
  }
}

import NeuralNetworks
import Store
import Tensors
import Testing

@testable import NetworkFiles

/// Networks of torchvision by name.
@Suite struct KnownArchitectureTests {
  /// SHA-256 of the lines `<name> <shape>` of the state dictionaries with seven classes, sorted, without
  /// `num_batches_tracked`; from torchvision 0.29.
  static let digests = [
    "resnet18": "01e2da5d1e39adf764e2778033af395377187d59f4bd2684d946f0f60bf010cf",
    "resnet34": "415b63eaa9f68d12d8fcee8f280cf4fa7bf0388c9198eecb9522db5f219a7ad3",
    "resnet50": "63487e2a70f8fc7344ee26e3a855172d6c0dd276440febee94ce73157dccc337",
    "resnet101": "0b711ec8686784442c3d8685496a53218f0977e9bfbbba9a03ab7244b5181290",
    "resnet152": "61dde2f347a99a03d68a55a7b2cd27a82894a5651468266a961e737d969e63c7",
    "vgg11": "52ad579798e785605da1fa583d85a1fab66af5f1f1bb3402fa0ac5f669312782",
    "vgg11_bn": "556162d07b6d528b0c5f5f6510704103d1414da9aad254b86417af452584b19f",
    "vgg13": "cf707a2a4ed0ce252b37e445284d8afe2e4a51f6f83283c6c2eeaef250d4710b",
    "vgg13_bn": "4e8f15d61dcc70b4402de590964c1c0790614839cf54eef0160d3eace68cb555",
    "vgg16": "71ef6205b11a2e7c1904932af7b9bae18e6fa961f37e59b9504ec4500a5f827c",
    "vgg16_bn": "bfa1f39b039a855bf074cd0f16df4fca613176e6ecc63ff3ec060f6954f51100",
    "vgg19": "1f21104de63912ba8697db7fcdbf5ba66c9d02d753cdc256d19c764f1da9f9e6",
    "vgg19_bn": "c3d3d934dcb8ece0c27c94832a17c21f3890de319d4fcf01e3c35ae19b896111",
  ]

  @Test("names and shapes are those of torchvision", arguments: KnownArchitecture.names)
  func stateDictionaries(name: String) throws {
    let description = try KnownArchitecture.description(name, input: [3, 224, 224], classes: 7)
    let lines = description.tensorShapes.map { "\($0.name) \($0.shape)\n" }.sorted {
      $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars)
    }
    #expect(SHA256.digest(of: lines.joined()) == Self.digests[name])
    #expect(description.outline.output == [7])
  }

  @Test("graphs have the published numbers of vertices")
  func vertices() throws {
    let expected = [
      "vgg16": 4224, "vgg16_bn": 4224, "vgg19": 5504, "vgg19_bn": 5504, "resnet18": 4352,
      "resnet50": 24_576,
    ]
    for (name, count) in expected {
      let structure = try UnitLayers(
        KnownArchitecture.description(name, input: [3, 224, 224], classes: 1000))
      #expect(structure.vertices().reduce(0) { $0 + $1.count } == count, "\(name)")
    }
  }

  @Test("all names are known, and small images are pooled as adaptive pooling does")
  func sizes() throws {
    #expect(Set(KnownArchitecture.names) == Set(Self.digests.keys))
    #expect(
      try KnownArchitecture.description("vgg11", input: [3, 32, 32], classes: 10).outline.layers
        .contains { $0.kind == "rearrangement" && $0.output == [7, 7, 512] })
    #expect(
      try KnownArchitecture.description("vgg11", input: [3, 448, 448], classes: 10).outline.layers
        .contains { $0.kind == "average-pooling" && $0.output == [7, 7, 512] })
  }

  @Test("unknown names and images that do not fit are refused")
  func faults() {
    func expect(_ name: String, _ input: Shape, _ what: String, help: String? = nil) {
      let failure = #expect(throws: Failure.self) {
        try KnownArchitecture.description(name, input: input, classes: 10)
      }
      #expect(failure?.what == what && failure?.exitCode == .manifestInvalid)
      if let help { #expect(failure?.help == help) }
    }
    expect(
      "resnet8", [3, 32, 32], "an unknown architecture 'resnet8'",
      help: "did you mean 'resnet18'?")
    expect("vgg16", [3, 96, 96], "images of 96×96 for a VGG network")
    expect("resnet18", [3, 32], "resnet18 with inputs 3×32")
    expect("vgg16", [3, 16, 16], "images of 16×16 for a VGG network")
  }
}

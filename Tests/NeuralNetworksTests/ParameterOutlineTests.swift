import NeuralNetworks
import Tensors
import Testing

/// What is said of a network that is not built must be true of the one that is.
@Suite struct ParameterOutlineTests {
  private let random = RandomSource(seed: 0)

  @Test(arguments: [[3, 2], [5, 4, 3, 2]])
  func ofFeedForwardNetworks(sizes: [Int]) {
    #expect(
      NetworkDescription.feedForward(sizes: sizes).outline.parameters
        == SequentialNetwork<Float>(.feedForward(sizes: sizes), random: random).outline)
  }

  @Test(arguments: 1...3)
  func ofRecurrentClassifiers(layers: Int) {
    #expect(
      LSTMClassifierDescription(inputs: 3, units: 4, layers: layers, outputs: 5)
        .outline(steps: 3).parameters
        == LSTMClassifier<Float>(inputs: 3, units: 4, layers: layers, outputs: 5, random: random)
        .outline)
  }

  @Test(arguments: TwoPartLSTM<Float>.Presentation.allCases)
  func ofTwoParts(presentation: TwoPartLSTM<Float>.Presentation) {
    #expect(
      presentation.outline(inputs: 3, units: 4, layers: 2, outputs: 5, repeats: 3).parameters
        == TwoPartLSTM<Float>(
          presentation, inputs: 3, units: 4, layers: 2, outputs: 5, random: random
        ).outline)
  }

  @Test(arguments: 1...2)
  func ofRecurrentEncodersAndDecoders(layers: Int) {
    let settings = EncoderDecoderLSTM<Float>.Settings(
      inputTokens: 3, outputTokens: 5, embedding: 2, units: 4, layers: layers)
    #expect(
      settings.outline(inputLength: 3, outputLength: 4).parameters
        == EncoderDecoderLSTM<Float>(settings, random: random).outline)
  }

  @Test(arguments: [false, true], [(1, 1), (2, 3)])
  func ofTransformers(isTied: Bool, layers: (encoder: Int, decoder: Int)) {
    let settings = EncoderDecoderTransformer<Float>.Settings(
      inputTokens: 5, outputTokens: isTied ? 5 : 7, width: 4, heads: 2, hidden: 6,
      encoderLayers: layers.encoder, decoderLayers: layers.decoder, isTied: isTied)
    #expect(
      settings.outline(inputLength: 3, outputLength: 4).parameters
        == EncoderDecoderTransformer<Float>(settings, random: random).outline)
  }
}

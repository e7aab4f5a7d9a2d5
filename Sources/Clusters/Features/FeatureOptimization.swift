import Autograd
import NeuralNetworks
import Tensors

/// The optimisation of images, each of which is to excite some units of one layer of a network as
/// much as possible.
///
/// All images of a layer are one batch. Only the layers up to it are computed, and gradients only of
/// the inputs. A step computes images from parameters, moves them, adds to each the score of its units
/// and lets Adam (β .9 and .999, ε 1e-8) change the parameters along the gradient of the scores.
///
/// Initial parameters follow from the number of an image, motions from the number of a step: an image
/// does not depend, but for rounding, on those computed with it, and a run that is resumed from
/// ``state`` goes on as it would have.
///
/// Reference: Hod, Filan, Casper, Critch, Russell, 2021, section 3.1.2; Olah,
/// Mordvintsev, Schubert: Feature visualization, 2017.
public final class FeatureOptimization<Scalar: TensorScalar> {
  /// The network.
  public let network: UnitNetwork<Scalar>
  /// Number of the unit layer.
  public let layer: Int
  /// How pictures are made.
  public let settings: FeatureSettings
  /// The score of each image in the last step, of the moved image before the step changed it; 0
  /// before the first step.
  public private(set) var scores: [Double]

  private let members: Tensor<Scalar>
  private let image: Shape
  private let fourier: FourierImages<Scalar>?
  private let motions: RandomStream
  private let parameter: Parameter<Scalar>
  private let gradient: GradientBuffer<Scalar>
  private let adam: Adam<Scalar>
  private let graph = Graph<Scalar>()

  /// The name of the parameters in a state.
  package static var parametersName: String { "pixels" }
  private static var scoresName: String { "scores" }

  /// Images before their first step.
  ///
  /// - Parameters:
  ///   - network: takes images H×W×C.
  ///   - layer: number of the unit layer.
  ///   - units: the units of each image.
  ///   - settings: how pictures are made.
  ///   - firstNumber: the number of the first image among those of the layer.
  ///   - random: of the layer; streams `initial` and `motions`.
  public init(
    _ network: UnitNetwork<Scalar>, layer: Int, units: [[Int]], settings: FeatureSettings,
    firstNumber: Int = 0, random: RandomSource
  ) {
    let image = network.units.description.input
    require(
      image.rank == 3 && !units.isEmpty && network.units.layers.indices.contains(layer),
      "\(units.count) images \(image) of the layer \(layer): a network of images H×W×C with "
        + "\(network.units.layers.count) layers")
    let width = network.units.layers[layer].width
    members = Self.members(units, of: width)
    fourier = settings.parameterization == .fourier ? FourierImages(image) : nil
    let shape = fourier?.spectrum ?? image
    let initial = random.stream("initial")
    let start = units.indices.flatMap { index in
      initial.normal(
        shape, standardDeviation: Scalar(settings.initialDeviation), step: firstNumber + index
      ).scalars
    }
    parameter = Parameter(
      name: Self.parametersName, role: .weight,
      value: Tensor(start, shape: shape.prepending(units.count)))
    gradient = GradientBuffer(shape: parameter.shape)
    adam = Adam([parameter], learningRate: settings.learningRate)
    motions = random.stream("motions")
    scores = [Double](repeating: 0, count: units.count)
    self.network = network
    self.layer = layer
    self.settings = settings
    self.image = image
  }

  private static func members(_ units: [[Int]], of width: Int) -> Tensor<Scalar> {
    var members = Tensor<Scalar>(zeros: [units.count, width])
    for (row, units) in units.enumerated() {
      for unit in units {
        require(unit >= 0 && unit < width, "unit \(unit) of a layer of \(width)")
        members[row, unit] = 1
      }
    }
    return members
  }

  // MARK: - Steps

  /// Steps taken so far.
  public var stepCount: Int { adam.stepCount }

  /// Takes steps until so many have been taken, by default all.
  public func run(until count: Int? = nil) {
    while stepCount < count ?? settings.steps { step() }
  }

  /// Takes one step.
  public func step() {
    gradient.clear()
    scores = differentiate()
    // Adam changes the parameters in place once the tape has let them go.
    graph.reset()
    adam.step(gradients: [gradient])
  }

  /// Collects the gradient of a loss, the negative sum of all scores.
  private func differentiate() -> [Double] {
    let z = graph.variable(parameter.value, accumulatingInto: gradient)
    var x = images(of: z)
    if let motion = settings.transforms.choice(step: stepCount, random: motions) {
      x = graph.transform(x, by: ImageTransform(motion, of: image))
    }
    let scores = scores(of: x, redirectsReLU: stepCount < settings.redirectedSteps)
    graph.backward(from: scores, seed: Tensor(repeating: -1, shape: scores.shape))
    return scores.tensor.scalars.map { Double($0) }
  }

  private func images(of z: Value<Scalar>) -> Value<Scalar> {
    graph.sigmoid(fourier.map { graph.transform(z, by: $0) } ?? z)
  }

  private func scores(of x: Value<Scalar>, redirectsReLU: Bool) -> Value<Scalar> {
    let pass = ForwardPass(
      graph: graph, source: FrozenParameters(), redirectsReLU: redirectsReLU)
    let place: UnitPlace =
      switch settings.objective {
      case .relu: .behindActivation
      case .absolute: .beforeActivation
      }
    return graph.unitScores(
      network.values(place, of: layer, from: x, in: pass), members: members,
      objective: settings.objective)
  }

  // MARK: - Results

  /// The images as they are now, not moved: B×H×W×C in 0…1.
  public var images: Tensor<Scalar> {
    defer { graph.reset() }
    return images(of: graph.constant(parameter.value)).tensor
  }

  /// The score of each of ``images``.
  public var finalScores: [Double] {
    defer { graph.reset() }
    return scores(of: graph.constant(images), redirectsReLU: false).tensor.scalars.map {
      Double($0)
    }
  }

  // MARK: - State

  /// Parameters, moments and scores, for going on later.
  public var state: [String: Tensor<Scalar>] {
    adam.state.merging([
      Self.parametersName: parameter.value,
      Self.scoresName: Tensor(scores.map { Scalar($0) }, shape: [scores.count]),
    ]) { $1 }
  }

  /// Goes on from a state.
  ///
  /// - Parameters:
  ///   - stepCount: steps that had been taken.
  ///   - state: what ``state`` was.
  /// - Throws: ``OptimizerStateError`` when a tensor is missing or has another shape; nothing is
  ///   changed then.
  public func restore(
    stepCount: Int, state: [String: Tensor<Scalar>]
  ) throws(OptimizerStateError) {
    func tensor(_ name: String, _ shape: Shape) throws(OptimizerStateError) -> Tensor<Scalar> {
      guard let tensor = state[name] else { throw .missing(name: name) }
      guard tensor.shape == shape else {
        throw .shape(name: name, expected: shape, found: tensor.shape)
      }
      return tensor
    }
    let value = try tensor(Self.parametersName, parameter.shape)
    let found = try tensor(Self.scoresName, [scores.count])
    try adam.restore(stepCount: stepCount, state: state)
    parameter.value = value
    scores = found.scalars.map { Double($0) }
  }

  // MARK: - Memory

  /// How many images fit into one batch when the peak of memory is to stay below some 250 MiB.
  ///
  /// Counted for each image: parameters with moments and gradients, moved images, and of every layer
  /// up to the last its products, outputs and one gradient.
  public static func imagesPerPart(_ units: UnitLayers, layer: Int) -> Int {
    max(1, (250 << 20) / bytesPerImage(units, layer: layer))
  }

  private static func bytesPerImage(_ units: UnitLayers, layer: Int) -> Int {
    let layers = units.layers[...layer]
    let numbers =
      10 * units.description.input.count + layers.reduce(0) { $0 + $1.recorded }
      + 2 * (layers.map(\.output.count).max() ?? 0)
    return numbers * MemoryLayout<Scalar>.size
  }

  /// Bytes that one image of the last layer takes, as ``imagesPerPart(_:layer:)`` counts them.
  public static func memory(_ units: UnitLayers) -> Int {
    units.layers.isEmpty ? 0 : bytesPerImage(units, layer: units.layers.count - 1)
  }
}

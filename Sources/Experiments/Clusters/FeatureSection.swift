import Clusters
import ExperimentKit
import NeuralNetworks

/// Manifest section `features`: how the pictures of what sub-clusters look for are made.
struct FeatureSection: Settings {
  var controls = 9
  var steps = 257
  var learningRate = 0.05
  var initialDeviation = 0.01
  var parameterization = FeatureParameterization.pixel
  var transforms = FeatureTransforms.small
  var objective = FeatureObjective.relu
  var redirectsReLU = true
  var side: Int?
  var minSize = 4
  var maxShare = 0.8

  static let schema = Schema<FeatureSection>([
    .integer(
      "controls", \.controls, in: 1...1000, paper: "9",
      "pictures of equally many random units of the layer, for every sub-cluster"),
    .integer("steps", \.steps, in: 1...100_000, paper: "257", "steps of Adam"),
    .number("lr", \.learningRate, in: 0...1000, paper: "0.05", "learning rate of Adam"),
    .number(
      "init-std", \.initialDeviation, in: 0...100, paper: "0.01",
      "standard deviation of the numbers that are optimised, before the first step"),
    .choice(
      "parameterization", \.parameterization, paper: "pixel",
      "what is optimised: one number for each `pixel` and channel; the spectrum of the image "
        + "(`fourier`), as in the published code"),
    .choice(
      "transforms", \.transforms, paper: "not said",
      "how images are moved before every step: not at all (`none`); mirrored border, jitter and scale "
        + "for images of some 30 pixels (`small`); border, jitter, scale and rotation for images of some "
        + "200 pixels (`lucid`)"),
    .choice(
      "objective", \.objective, paper: "relu; absolute in the later paper",
      "what is to become large: the sum of the units' mean outputs behind ReLU (`relu`); the sum of the "
        + "magnitudes of their means before it (`absolute`)"),
    .flag(
      "redirect-relu", \.redirectsReLU, paper: "true",
      "whether, for the first 16 steps, images that excite no unit of a layer have a gradient towards "
        + "those that do"),
    .optionalInteger(
      "side", \.side, in: 1...4096, unit: "pixels", paper: "none",
      "rows and columns of the pictures, for networks that take images of several sizes; without it, those "
        + "of the images that the network is for"
    ).omittedByDefault(),
    .integer(
      "min-size", \.minSize, in: 1...1_000_000, unit: "units", paper: "3; 4 in the published code",
      "smaller sub-clusters have no picture"),
    .number(
      "max-share", \.maxShare, in: 0...1, paper: "0.8",
      "nor have those with this share of the layer's units or more"),
  ])

  /// The same for the module that makes the pictures.
  func settings(mapNorm: MapNorm) -> FeatureSettings {
    var settings = FeatureSettings()
    settings.controls = controls
    settings.steps = steps
    settings.learningRate = learningRate
    settings.initialDeviation = initialDeviation
    settings.parameterization = parameterization
    settings.transforms = transforms
    settings.objective = objective
    if !redirectsReLU { settings.redirectedSteps = 0 }
    settings.mapNorm = mapNorm
    settings.minimumSize = minSize
    settings.maximumShare = maxShare
    return settings
  }
}

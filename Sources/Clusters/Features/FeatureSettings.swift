import Tensors

/// From what the pixels of an image are computed while it is optimised.
public enum FeatureParameterization: String, Sendable, Hashable, CaseIterable {
  /// One number for every pixel and channel, mapped to 0…1 by the logistic function.
  case pixel
  /// A spectrum, whose inverse transform is mapped to 0…1: what is optimised has no scale of its own.
  /// Three channels are mixed first as they are in natural images. See ``FourierImages``.
  case fourier
}

/// What is as large as possible for an image that shows what units look for.
public enum FeatureObjective: String, Sendable, Hashable, CaseIterable {
  /// The sum over the units of their outputs, behind the activation function; of a convolution the
  /// means of their maps.
  case relu
  /// The sum over the units of |z| with z their mean before the activation function.
  case absolute
}

/// How pictures of features are made.
///
/// Reference: Hod, Filan, Casper, Critch, Russell: Quantifying local specialization in deep neural
/// networks, 2021, section 3.1.2.
public struct FeatureSettings: Sendable, Hashable {
  /// Images of random units of the layer, for each sub-cluster.
  public var controls = 9
  /// Steps of Adam.
  public var steps = 257
  /// Their size.
  public var learningRate = 0.05
  /// Standard deviation of the initial parameters.
  public var initialDeviation = 0.01
  /// From what pixels are computed.
  public var parameterization = FeatureParameterization.pixel
  /// How images are moved before every step.
  public var transforms = FeatureTransforms.small
  /// What is to become large.
  public var objective = FeatureObjective.relu
  /// For so many steps, images that excite no unit of a layer are moved towards those that do; see
  /// ``Autograd/Graph/redirectedReLU(_:)``.
  public var redirectedSteps = 16
  /// How the map of a channel becomes one number, for the deviation between units.
  public var mapNorm = MapNorm.sum
  /// Smaller sub-clusters have no picture.
  public var minimumSize = 4
  /// Nor those with this share of the layer's units or more.
  public var maximumShare = 0.8

  /// The paper's pictures of small networks.
  public init() {}
}

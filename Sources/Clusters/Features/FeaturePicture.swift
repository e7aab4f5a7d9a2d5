import Autograd
import Foundation
import NeuralNetworks
import Statistics
import Tensors

/// What an optimised image does to a network.
///
/// Reference: Hod, Filan, Casper, Critch, Russell, 2021, section 3.1.2 and table 6.
public struct FeaturePicture: Sendable, Hashable {
  /// The units that the image is of, ascending.
  public let units: [Int]
  /// The objective in the last step, of the moved image.
  public let score: Double
  /// The objective of the last image, not moved.
  public let finalScore: Double
  /// Entropy of the network's distribution over classes for the last image, in nats: 0…ln(classes).
  public let entropy: Double
  /// Mean over the units of their activation by the last image, one number of each map.
  public let activationMean: Double
  /// Standard deviation over the units, divided by their number.
  public let activationDeviation: Double

  /// A picture that was measured.
  public init(
    units: [Int], score: Double, finalScore: Double, entropy: Double, activationMean: Double,
    activationDeviation: Double
  ) {
    self.units = units
    self.score = score
    self.finalScore = finalScore
    self.entropy = entropy
    self.activationMean = activationMean
    self.activationDeviation = activationDeviation
  }

  /// The coefficient of variation, deviation divided by mean; NaN when no unit is excited.
  public var variation: Double { activationDeviation / activationMean }

  /// The pictures of an optimisation as it is now.
  ///
  /// - Parameters:
  ///   - optimization: of images.
  ///   - units: the units of each image.
  public static func all(
    _ optimization: FeatureOptimization<Float>, units: [[Int]]
  ) -> [FeaturePicture] {
    let pass = ForwardPass(graph: Graph<Float>(), source: FrozenParameters())
    let (network, layer) = (optimization.network, optimization.layer)
    let images = optimization.images
    require(
      images.shape[0] == units.count, "\(images.shape[0]) images of \(units.count) sets of units")
    let outputs = (0...layer).reduce(UnitState(pass.graph.constant(images))) {
      network.outputs(of: $1, from: $0, in: pass)
    }
    let logits = network.logits(from: outputs, after: layer, in: pass).tensor
    let activations = optimization.settings.mapNorm.values(of: outputs.value.tensor)
    let finalScores = optimization.finalScores
    return units.enumerated().map { index, units in
      let values = units.map { Double(activations[index, $0]) }
      let mean = values.reduce(0, +) / Double(values.count)
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return FeaturePicture(
        units: units, score: optimization.scores[index], finalScore: finalScores[index],
        entropy: entropy(ofLogits: logits.slice(index).scalars.map { Double($0) }),
        activationMean: mean,
        activationDeviation: (squares / Double(values.count)).squareRoot())
    }
  }

  /// −Σ p ln p of the softmax p of logits, in nats.
  package static func entropy(ofLogits logits: [Double]) -> Double {
    let largest = logits.max() ?? 0
    let weights = logits.map { exp($0 - largest) }
    let total = weights.reduce(0, +)
    // ln p = z − max − ln Σ, so that classes without weight add 0.
    return zip(weights, logits).reduce(0) { sum, pair in
      sum - pair.0 / total * (pair.1 - largest - log(total))
    }
  }
}

/// What is measured of pictures.
public enum FeatureQuantity: String, Sendable, CaseIterable {
  /// How much one image excites all units; large values are extreme.
  case score
  /// How unsure the network is of the image; small values are extreme.
  case entropy
  /// How unevenly the units are excited; small values are extreme.
  case variance
}

/// The picture of a sub-cluster and those of its random controls.
public struct SubClusterFeatures: Sendable {
  /// The sub-cluster.
  public let subCluster: SubCluster
  /// Of its units.
  public let own: FeaturePicture
  /// Of equally many random units each.
  public let controls: [FeaturePicture]

  /// What was measured.
  public init(_ subCluster: SubCluster, own: FeaturePicture, controls: [FeaturePicture]) {
    self.subCluster = subCluster
    self.own = own
    self.controls = controls
  }

  /// A quantity with its controls.
  public subscript(quantity: FeatureQuantity) -> ControlledValue {
    let (side, value): (ControlRank.Side, (FeaturePicture) -> Double) =
      switch quantity {
      case .score: (.right, \.score)
      case .entropy: (.left, \.entropy)
      case .variance: (.left, \.activationDeviation)
      }
    return ControlledValue(value: value(own), controls: controls.map(value), side: side)
  }

  /// The quartiles of the coefficients of variation of sub-clusters; nil when none has one.
  public static func variationQuartiles(
    _ features: [SubClusterFeatures]
  ) -> (q1: Double, median: Double, q3: Double)? {
    Summary.quartiles(of: features.map(\.own.variation))
  }
}

extension UnitPartition {
  /// The sub-clusters that have pictures.
  public func featureSubClusters(_ settings: FeatureSettings) -> [SubCluster] {
    subClusters(minimumSize: settings.minimumSize).filter {
      Double($0.units.count) < settings.maximumShare * Double($0.layerUnits)
    }
  }
}

extension SubCluster {
  /// Random units in place of the sub-cluster's, each set ascending: of all units of the layer, those
  /// without edges and those of the sub-cluster included.
  public func randomUnits(count: Int, random: RandomStream) -> [[Int]] {
    (0..<count).map { draw in
      random.permutation(layerUnits, step: draw).prefix(units.count).sorted()
    }
  }
}

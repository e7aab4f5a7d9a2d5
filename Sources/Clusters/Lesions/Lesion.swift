import NeuralNetworks
import Tensors

/// Units whose outputs are set to 0.
///
/// With ReLU this is what a network does whose weights and biases into the units are 0; with shortcuts, one
/// whose weights out of the units are 0.
public struct Lesion: Sendable, Hashable {
  /// Units by the number of their unit layer, in ascending order, no list being empty.
  public let units: [Int: [Int]]

  /// The intact network.
  public static let none = Lesion([:])

  /// Silences units, by the number of their unit layer.
  public init(_ units: [Int: [Int]]) {
    self.units = units.compactMapValues { $0.isEmpty ? nil : Set($0).sorted() }
  }

  /// Silences units of one layer.
  public init(layer: Int, units: [Int]) { self.init([layer: units]) }

  /// Silences the units of both.
  public func union(_ other: Lesion) -> Lesion {
    Lesion(units.merging(other.units) { $0 + $1 })
  }

  /// The first layer with silenced units; nil for the intact network.
  var firstLayer: Int? { units.keys.min() }
  /// The last layer with silenced units; nil for the intact network.
  var lastLayer: Int? { units.keys.max() }

  /// Stops the program unless a network has all the units.
  func check(_ network: UnitLayers) {
    for (layer, units) in units {
      require(
        network.layers.indices.contains(layer)
          && units.allSatisfy { (0..<network.layers[layer].width).contains($0) },
        "a lesion of units \(units) of unit layer \(layer)")
    }
  }
}

/// How many images of each class are classified rightly under each of several lesions: all that has to
/// be kept between parts of a set of images.
public struct LesionCounts: Sendable, Equatable {
  /// Images by class.
  public private(set) var images: [Int]
  /// Rightly classified images by lesion and class: lesions×classes.
  public private(set) var right: [Int]

  /// Nothing is counted yet.
  public init(lesions: Int, classes: Int) {
    images = [Int](repeating: 0, count: classes)
    right = [Int](repeating: 0, count: lesions * classes)
  }

  /// Counts that were kept; nil when they are none.
  public init?(images: [Int], right: [Int]) {
    guard !images.isEmpty, right.count.isMultiple(of: images.count),
      right.indices.allSatisfy({ right[$0] >= 0 && right[$0] <= images[$0 % images.count] })
    else { return nil }
    self.images = images
    self.right = right
  }

  /// Number of classes.
  public var classes: Int { images.count }
  /// Number of lesions.
  public var lesions: Int { right.count / images.count }

  /// The accuracies under a lesion.
  public subscript(lesion: Int) -> ClassAccuracies {
    let right = right[(lesion * classes)..<((lesion + 1) * classes)]
    return ClassAccuracies(right: Array(right), images: images)
  }

  mutating func add(images targets: some Sequence<Int>) {
    for target in targets { images[target] += 1 }
  }

  mutating func add(predictions: [Int], targets: some Sequence<Int>, lesion: Int) {
    for (predicted, target) in zip(predictions, targets) where predicted == target {
      right[lesion * classes + target] += 1
    }
  }
}

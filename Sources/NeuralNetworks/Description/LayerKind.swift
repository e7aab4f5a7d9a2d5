import Tensors

/// A kind of layer with its settings, without numbers and without a place: what follows from it for
/// an input of a given shape.
///
/// All that is said of a layer stands here once: planning asks for shapes, parameters and work, and
/// the layer is built from the same parameters. Shapes are those of one example, without the batch:
/// C for a vector, H×W×C for an image, T×D for a sequence of equally many steps.
public protocol LayerKind: Sendable {
  /// What `modlab describe` calls it, and part of the site's name of a layer without one:
  /// lower-case with dashes.
  var title: String { get }

  /// The shape of the output.
  ///
  /// - Throws: ``DescriptionError`` when the kind of layer takes no such input.
  func output(of input: Shape) throws(DescriptionError) -> Shape

  /// The parameters in their order.
  ///
  /// - Parameters:
  ///   - name: the dotted name of the layer.
  ///   - input: a shape that ``output(of:)`` takes.
  func parameters(name: String, input: Shape) -> [ParameterUse]

  /// The layers that it consists of: itself, or those within.
  ///
  /// - Parameters:
  ///   - name: the dotted name of the layer, for its parameters.
  ///   - site: the name of the site of its output.
  ///   - input: the shape of the input.
  func outline(
    name: String, site: String, input: Shape
  ) throws(DescriptionError) -> [LayerOutline]

  /// Builds the layer.
  ///
  /// - Parameters:
  ///   - name: the dotted name of the layer.
  ///   - input: a shape that ``output(of:)`` takes.
  ///   - random: the run's randomness; each parameter is drawn from the stream `init/<its name>`.
  func makeLayer<Scalar: TensorScalar>(
    name: String, input: Shape, random: RandomSource
  ) -> any Module<Scalar>
}

extension LayerKind {
  /// None.
  public func parameters(name: String, input: Shape) -> [ParameterUse] { [] }

  /// The layer itself.
  public func outline(
    name: String, site: String, input: Shape
  ) throws(DescriptionError) -> [LayerOutline] {
    [
      LayerOutline(
        name: site, kind: title, input: input, output: try output(of: input),
        parameters: parameters(name: name, input: input))
    ]
  }
}

/// Why a description is none of a network.
public struct DescriptionError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The layer that does not fit, if it is known.
  public var layer: String?
  /// What does not fit.
  public let reason: String

  /// An error of a layer.
  public init(layer: String? = nil, _ reason: String) {
    self.layer = layer
    self.reason = reason
  }

  /// One line.
  public var description: String { layer.map { "layer '\($0)': \(reason)" } ?? reason }
}

/// A layer of a network: its name, and what it is.
public struct LayerDescription: Sendable {
  /// The name, within that of what it is part of, from which the names of its parameters follow, as
  /// in PyTorch's state dictionaries: `features.0`. May be empty for a layer without parameters.
  public let name: String
  /// What it is.
  public let kind: any LayerKind
  /// The name of the site of its output, when that is not its own or the usual one of a layer
  /// without a name.
  public let site: String?

  /// A layer.
  public init(_ name: String = "", _ kind: any LayerKind, site: String? = nil) {
    self.name = name
    self.kind = kind
    self.site = site
  }
}

/// A layer at its place.
struct PlacedLayer {
  /// For its parameters.
  let name: String
  /// Of its output.
  let site: String
  let kind: any LayerKind
  let input: Shape
  let output: Shape

  /// The layers one after the other.
  ///
  /// A layer without a name has the site of the named one before it, followed by its kind:
  /// `layers.0.relu`; the second such one `layers.0.relu-2`.
  ///
  /// - Parameters:
  ///   - layers: first to last.
  ///   - prefix: the dotted name of what they are part of.
  ///   - input: the shape of one example's input.
  static func place(
    _ layers: [LayerDescription], prefix: String, input: Shape
  ) throws(DescriptionError) -> [PlacedLayer] {
    var result: [PlacedLayer] = []
    var sites: Set<String> = []
    var (shape, last) = (input, prefix)
    for layer in layers {
      let name = join(prefix, layer.name)
      var site = layer.site ?? (layer.name.isEmpty ? join(last, layer.kind.title) : name)
      if layer.site == nil && layer.name.isEmpty && sites.contains(site) {
        let others = 2...(layers.count + 1)
        site = others.lazy.map { "\(site)-\($0)" }.first { !sites.contains($0) } ?? site
      }
      if !layer.name.isEmpty { last = name }
      guard sites.insert(site).inserted else {
        throw DescriptionError(layer: site, "two layers have this name")
      }
      do {
        let output = try layer.kind.output(of: shape)
        result.append(
          PlacedLayer(name: name, site: site, kind: layer.kind, input: shape, output: output))
        shape = output
      } catch {
        throw DescriptionError(layer: error.layer ?? site, error.reason)
      }
    }
    return result
  }

  var outline: [LayerOutline] {
    get throws(DescriptionError) { try kind.outline(name: name, site: site, input: input) }
  }
}

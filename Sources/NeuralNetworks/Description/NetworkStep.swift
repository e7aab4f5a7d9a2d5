/// A network as steps one after the other, none of them within another: its layers, and where ways part
/// and meet.
///
/// Whoever computes a network in pieces may stop before any step, also within the layers that have a
/// shortcut around them.
enum NetworkStep {
  /// A layer changes the value.
  case layer(PlacedLayer)
  /// The value is kept beside, for the shortcut around the layers that follow.
  case part
  /// The value and the one kept last change places: the layers of the shortcut follow.
  case turn
  /// The value is added to the one kept last, which is the value of a site.
  case meet(site: String)

  /// The steps of layers that come one after the other.
  static func steps(of layers: [PlacedLayer]) throws(DescriptionError) -> [NetworkStep] {
    var result: [NetworkStep] = []
    for layer in layers {
      guard let sum = layer.kind as? ResidualDescription else {
        result.append(.layer(layer))
        continue
      }
      let body = try PlacedLayer.place(sum.body, prefix: layer.name, input: layer.input)
      let shortcut = try PlacedLayer.place(sum.shortcut, prefix: layer.name, input: layer.input)
      result.append(.part)
      result += try steps(of: body)
      result.append(.turn)
      result += try steps(of: shortcut)
      result.append(.meet(site: layer.site))
    }
    return result
  }

  /// The layer; nil where ways part and meet.
  var layer: PlacedLayer? {
    if case .layer(let layer) = self { layer } else { nil }
  }

  /// Whether ways part here.
  var parts: Bool { if case .part = self { true } else { false } }
}

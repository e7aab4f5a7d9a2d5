/// One image before it is drawn: a class and everything random about it but the noise.
struct SyntheticScene {
  let shape: SyntheticClass.Shape
  let texture: SyntheticClass.Texture
  /// Centre in pixels.
  let centre: SIMD2<Float>
  /// Half the extent of the shape in pixels.
  let radius: Float
  /// Pixels from one stripe to the next.
  let period: Float
  /// Where the texture begins, in periods.
  let phase: SIMD2<Float>
  /// Foreground in 0…255 for each channel: the texture's light and dark parts.
  let light: [Float]
  let dark: [Float]
  /// Background in 0…255 for each channel.
  let background: [Float]
  /// Largest deviation that noise adds, in 0…255.
  let noise: Float

  init(_ kind: SyntheticClass, _ extents: ImageSet.Extents, _ draws: inout RandomDraws) {
    func uniform(_ range: ClosedRange<Double>) -> Float { Float(draws.uniform(range)) }
    let side = Float(min(extents.height, extents.width))
    shape = kind.shape
    texture = kind.texture
    radius = side * uniform(0.27...0.4)
    // The whole shape stays within the image.
    centre = [
      radius + (Float(extents.width) - 1 - 2 * radius) * uniform(0...1),
      radius + (Float(extents.height) - 1 - 2 * radius) * uniform(0...1),
    ]
    period = side * uniform(0.14...0.2)
    phase = [uniform(0...1), uniform(0...1)]
    let brightness = 255 * uniform(0.75...1)
    let shade = uniform(0.05...0.3)
    var tint: [Float] = []
    for channel in 0..<3 { tint.append(kind.colour[channel] + uniform(-0.08...0.08)) }
    let grey = 255 * uniform(0.05...0.35)
    noise = 255 * uniform(0.02...0.1)
    if extents.channels == 1 {
      // The luminance of Rec. 601.
      tint = [0.299 * tint[0] + 0.587 * tint[1] + 0.114 * tint[2]]
    }
    light = tint.map { brightness * (0.35 + 0.65 * $0) }
    dark = tint.map { brightness * shade * $0 }
    background = tint.map { _ in grey }
  }
}

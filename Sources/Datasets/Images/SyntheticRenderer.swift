import Tensors

/// Draws scenes pixel by pixel, without functions whose last bit differs between machines.
struct SyntheticRenderer {
  private let extents: ImageSet.Extents
  /// How much of each pixel the shape covers, 0…1.
  private var coverage: [Float]
  /// How much light each pixel of the texture has, 0…1.
  private var pattern: [Float]

  init(_ extents: ImageSet.Extents) {
    self.extents = extents
    coverage = Array(repeating: 0, count: extents.height * extents.width)
    pattern = coverage
  }

  /// Draws a scene, channel by channel.
  mutating func render(
    _ scene: SyntheticScene, noise: RandomStream, item: Int,
    into image: UnsafeMutableBufferPointer<UInt8>
  ) {
    cover(scene)
    fill(scene)
    let plane = extents.height * extents.width
    // Sixteen bytes of noise from a block; steps from 2³⁰ on belong to the noise.
    let words = (image.count + 15) / 16
    coverage.withUnsafeBufferPointer { coverage in
      pattern.withUnsafeBufferPointer { pattern in
        for group in 0..<words {
          let block = noise.block(index: UInt64(item), step: UInt32(1 << 30 + group))
          let bytes = unsafeBitCast(block, to: SIMD16<UInt8>.self)
          for lane in 0..<min(16, image.count - 16 * group) {
            let place = 16 * group + lane
            let (channel, pixel) = place.quotientAndRemainder(dividingBy: plane)
            let light = scene.light[channel]
            let dark = scene.dark[channel]
            let ground = scene.background[channel]
            let inside = dark + (light - dark) * pattern[pixel]
            let jitter = scene.noise * (Float(bytes[lane]) - 127.5) * (1 / 127.5)
            let value = ground + (inside - ground) * coverage[pixel] + jitter
            image[place] = UInt8(max(0, min(255, value)))
          }
        }
      }
    }
  }

  // MARK: - Shapes

  private mutating func cover(_ scene: SyntheticScene) {
    let r = scene.radius
    switch scene.shape {
    case .disc:
      Self.each(scene, width: extents.width, in: &coverage) { x, y in
        r - (x * x + y * y).squareRoot()
      }
    case .square:
      Self.each(scene, width: extents.width, in: &coverage) { x, y in 0.85 * r - max(abs(x), abs(y))
      }
    case .triangle:
      // Upright with its base at the bottom; 0.894 and 0.447 make the slanted sides' normal.
      Self.each(scene, width: extents.width, in: &coverage) { x, y in
        min(r - y, 0.447 * (y + r) - 0.894 * abs(x))
      }
    case .ring:
      Self.each(scene, width: extents.width, in: &coverage) { x, y in
        0.26 * r - abs((x * x + y * y).squareRoot() - 0.74 * r)
      }
    case .cross:
      Self.each(scene, width: extents.width, in: &coverage) { x, y in
        let (a, b) = (abs(x), abs(y))
        return min(r - max(a, b), 0.34 * r - min(a, b))
      }
    }
    // From distance to the outline (positive inside) to the covered part of a pixel.
    for place in coverage.indices { coverage[place] = max(0, min(1, coverage[place] + 0.5)) }
  }

  // MARK: - Textures

  private mutating func fill(_ scene: SyntheticScene) {
    let scale = 1 / scene.period
    let (px, py) = (scene.phase.x, scene.phase.y)
    switch scene.texture {
    case .plain: for place in pattern.indices { pattern[place] = 1 }
    case .horizontalStripes:
      Self.each(scene, width: extents.width, in: &pattern) { _, y in Self.wave(y * scale + py) }
    case .verticalStripes:
      Self.each(scene, width: extents.width, in: &pattern) { x, _ in Self.wave(x * scale + px) }
    case .risingStripes:
      Self.each(scene, width: extents.width, in: &pattern) { x, y in
        Self.wave(0.7071 * (x + y) * scale + px)
      }
    case .fallingStripes:
      Self.each(scene, width: extents.width, in: &pattern) { x, y in
        Self.wave(0.7071 * (x - y) * scale + px)
      }
    case .checks:
      Self.each(scene, width: extents.width, in: &pattern) { x, y in
        let (a, b) = (Self.wave(x * scale + px), Self.wave(y * scale + py))
        return a * b + (1 - a) * (1 - b)
      }
    case .dots:
      Self.each(scene, width: extents.width, in: &pattern) { x, y in
        Self.wave(x * scale + px) * Self.wave(y * scale + py)
      }
    case .circles:
      Self.each(scene, width: extents.width, in: &pattern) { x, y in
        Self.wave((x * x + y * y).squareRoot() * scale + px)
      }
    }
  }

  /// A wave of period 1 between 0 and 1, half of it bright, with slanted flanks.
  @inline(__always)
  private static func wave(_ t: Float) -> Float {
    let position = t - t.rounded(.down)
    return max(0, min(1, 2 - 8 * abs(position - 0.5)))
  }

  /// Computes a number for every pixel from its distance to the centre.
  @inline(__always)
  private static func each(
    _ scene: SyntheticScene, width: Int, in plane: inout [Float],
    _ body: (_ x: Float, _ y: Float) -> Float
  ) {
    plane.withUnsafeMutableBufferPointer { plane in
      for start in stride(from: 0, to: plane.count, by: width) {
        let y = Float(start / width) - scene.centre.y
        for column in 0..<width {
          plane[start + column] = body(Float(column) - scene.centre.x, y)
        }
      }
    }
  }
}

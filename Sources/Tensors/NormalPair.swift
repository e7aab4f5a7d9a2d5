import Foundation

/// Two independent standard normal numbers from 128 random bits (Box and Muller, 1958).
struct NormalPair {
  let first: Double
  let second: Double

  init(bits radiusBits: UInt64, _ angleBits: UInt64) {
    // (k + 1/2) / 2^53 lies in (0, 1), so that the logarithm is finite.
    let u = (Double(radiusBits >> 11) + 0.5) * 0x1p-53
    let angle = 2 * Double.pi * (Double(angleBits >> 11) + 0.5) * 0x1p-53
    let radius = (-2 * log(u)).squareRoot()
    first = radius * cos(angle)
    second = radius * sin(angle)
  }
}

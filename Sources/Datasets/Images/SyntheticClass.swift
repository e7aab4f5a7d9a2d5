/// What the images of a class have in common.
struct SyntheticClass {
  /// Outlines.
  enum Shape {
    case disc
    case square
    case triangle
    case ring
    case cross
  }

  /// What fills an outline.
  enum Texture {
    case horizontalStripes
    case verticalStripes
    case risingStripes
    case fallingStripes
    case checks
    case dots
    case circles
    case plain
  }

  let name: String
  let shape: Shape
  let texture: Texture
  /// Red, green and blue in 0…1.
  let colour: SIMD3<Float>

  /// The classes in the order of the labels. Each shape stands twice, with different textures.
  static let all = [
    SyntheticClass(
      name: "disc-horizontal", shape: .disc, texture: .horizontalStripes, colour: [0.9, 0.3, 0.2]),
    SyntheticClass(
      name: "square-horizontal", shape: .square, texture: .horizontalStripes,
      colour: [0.9, 0.3, 0.2]),
    SyntheticClass(
      name: "triangle-checks", shape: .triangle, texture: .checks, colour: [0.2, 0.8, 0.3]),
    SyntheticClass(name: "ring-checks", shape: .ring, texture: .checks, colour: [0.2, 0.8, 0.3]),
    SyntheticClass(
      name: "disc-vertical", shape: .disc, texture: .verticalStripes, colour: [0.3, 0.4, 0.9]),
    SyntheticClass(name: "square-dots", shape: .square, texture: .dots, colour: [0.9, 0.8, 0.2]),
    SyntheticClass(
      name: "triangle-rising", shape: .triangle, texture: .risingStripes, colour: [0.8, 0.3, 0.8]),
    SyntheticClass(
      name: "ring-falling", shape: .ring, texture: .fallingStripes, colour: [0.3, 0.8, 0.8]),
    SyntheticClass(name: "cross-plain", shape: .cross, texture: .plain, colour: [0.9, 0.6, 0.3]),
    SyntheticClass(
      name: "cross-circles", shape: .cross, texture: .circles, colour: [0.9, 0.9, 0.9]),
  ]
}

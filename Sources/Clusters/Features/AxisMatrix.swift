import Tensors

/// Matrices that change the pixels along one axis of an image: new × old.
enum AxisMatrix {
  /// Some pixels more on both sides, which mirror those inside or are 0.
  static func padding(_ size: Int, by border: Int, reflects: Bool) -> Tensor<Double> {
    require(!reflects || border < size, "\(border) mirrored pixels of \(size)")
    var result = Tensor<Double>(zeros: [size + 2 * border, size])
    for new in 0..<(size + 2 * border) {
      let place = new - border
      let isInside = place >= 0 && place < size
      guard reflects || isInside else { continue }
      let mirrored = place < 0 ? -place : place >= size ? 2 * (size - 1) - place : place
      result[new, mirrored] = 1
    }
    return result
  }

  /// The pixels from an offset on; 0 where there are none.
  static func cut(_ size: Int, offset: Int, length: Int) -> Tensor<Double> {
    var result = Tensor<Double>(zeros: [length, size])
    for new in 0..<length where new + offset >= 0 && new + offset < size {
      result[new, new + offset] = 1
    }
    return result
  }

  /// Another number of pixels, linear between the centres of the old ones.
  ///
  /// PyTorch equivalent: `interpolate(mode="bilinear", align_corners=False)` along one axis.
  static func resizing(_ size: Int, to length: Int) -> Tensor<Double> {
    var result = Tensor<Double>(zeros: [length, size])
    for new in 0..<length {
      let center = (Double(new) + 0.5) * Double(size) / Double(length) - 0.5
      let place = min(max(center, 0), Double(size - 1))
      let below = min(Int(place), max(size - 2, 0))
      let share = place - Double(below)
      result[new, below] += 1 - share
      if share > 0 { result[new, below + 1] += share }
    }
    return result
  }

  /// Where the middle of a new size begins in an old one; negative where the new one is larger.
  static func centre(_ size: Int, to length: Int) -> Int { (size - length) / 2 }
}

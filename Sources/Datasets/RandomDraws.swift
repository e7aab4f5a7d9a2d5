import Tensors

/// The random numbers of one item of a generated data set, one after the other.
///
/// They depend on the stream and the item's index alone, so that item 7 is the same in a set of ten
/// and in one of a million.
struct RandomDraws {
  private let stream: RandomStream
  private let index: UInt64
  private let part: UInt32
  private var block = SIMD4<UInt32>()
  private var used = 4
  private var step: UInt32 = 0

  /// The numbers of an item; those of another part are independent of them.
  init(_ stream: RandomStream, item: Int, part: UInt32 = 0) {
    self.stream = stream
    self.part = part
    index = UInt64(item)
  }

  private mutating func word() -> UInt32 {
    if used == 4 {
      block = stream.block(index: index, step: step, part: part)
      step += 1
      used = 0
    }
    defer { used += 1 }
    return block[used]
  }

  /// A number in 0..<1 with 53 random bits.
  mutating func uniform() -> Double {
    let bits = UInt64(word()) << 32 | UInt64(word())
    return Double(bits >> 11) * 0x1p-53
  }

  /// A number in a range.
  mutating func uniform(_ range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// A whole number in a range (bias below its size / 2⁶⁴).
  mutating func integer(_ range: ClosedRange<Int>) -> Int {
    let bits = UInt64(word()) << 32 | UInt64(word())
    let size = UInt64(range.upperBound - range.lowerBound) + 1
    return range.lowerBound + Int(bits.multipliedFullWidth(by: size).high)
  }

  /// True in half of the cases.
  mutating func coin() -> Bool { word() >> 31 == 1 }

  /// An element of a list that is not empty.
  mutating func choice<Element>(_ list: [Element]) -> Element {
    list[integer(0...list.count - 1)]
  }

  /// Parts of a whole, uniformly distributed over all ways to divide 1 into `count` parts
  /// (Dirichlet with all parameters 1): the gaps between sorted uniform numbers.
  mutating func parts(_ count: Int) -> [Double] {
    let cuts = ([0, 1] + (1..<count).map { _ in uniform() }).sorted()
    return (0..<count).map { cuts[$0 + 1] - cuts[$0] }
  }
}

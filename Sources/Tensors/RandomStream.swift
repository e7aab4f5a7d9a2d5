import CKernels

/// The root of all randomness of a run.
///
/// Every consumer asks for a stream of its own by name; a stream's values are a function of seed,
/// name, step and index alone. Adding a consumer changes no other stream, and the position in
/// training is the only state.
public struct RandomSource: Sendable, Hashable {
  /// Names the generator and the layout of its counters; part of every checkpoint.
  public static let scheme = "threefry4x32-13/1"

  /// The run's seed.
  public let seed: UInt64

  /// The randomness of a seed.
  public init(seed: UInt64) { self.seed = seed }

  /// The stream of a name, for example `init/layers.0.weight`.
  ///
  /// The key is the seed, into which Threefry mixes the name's UTF-8 bytes, sixteen at a time, and
  /// at last their number.
  public func stream(_ name: String) -> RandomStream {
    var key = SIMD4<UInt32>(
      UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32), 0x6d6f_646c,
      0x6162_0001)
    let bytes = Array(name.utf8)
    for start in stride(from: 0, to: bytes.count, by: 16) {
      var chunk = SIMD4<UInt32>()
      for (position, byte) in bytes[start..<min(start + 16, bytes.count)].enumerated() {
        chunk[position / 4] |= UInt32(byte) << UInt32(8 * (position % 4))
      }
      key = RandomStream.threefry(counter: chunk, key: key)
    }
    let length = SIMD4<UInt32>(UInt32(bytes.count), 0, 0, 0xffff_ffff)
    return RandomStream(key: RandomStream.threefry(counter: length, key: key))
  }

  /// An independent source, for a part of a run whose streams have the same names as those of another
  /// part.
  public func source(_ name: String) -> RandomSource {
    let block = stream(name).block(index: 0)
    return RandomSource(seed: UInt64(block[0]) | UInt64(block[1]) << 32)
  }
}

/// A counter-based stream of random numbers: value = f(key, step, index).
///
/// The generator is Threefry4x32 with 13 rounds; its counter holds the index (64 bits), the step
/// and a part.
/// Reference: Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3. SC 2011.
public struct RandomStream: Sendable, Hashable {
  let key: SIMD4<UInt32>

  /// A stream with a given key; streams of a run come from ``RandomSource/stream(_:)``.
  public init(key: SIMD4<UInt32>) { self.key = key }

  /// Threefry4x32-13, the published function.
  public static func threefry(counter: SIMD4<UInt32>, key: SIMD4<UInt32>) -> SIMD4<UInt32> {
    var result = SIMD4<UInt32>()
    withUnsafeBytes(of: counter) { counter in
      withUnsafeBytes(of: key) { key in
        withUnsafeMutableBytes(of: &result) { result in
          ml_threefry(
            counter.assumingMemoryBound(to: UInt32.self).baseAddress,
            key.assumingMemoryBound(to: UInt32.self).baseAddress,
            result.assumingMemoryBound(to: UInt32.self).baseAddress)
        }
      }
    }
    return result
  }

  /// Four random words.
  public func block(index: UInt64, step: UInt32 = 0, part: UInt32 = 0) -> SIMD4<UInt32> {
    let counter = SIMD4<UInt32>(
      UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32), step, part)
    return Self.threefry(counter: counter, key: key)
  }

  /// The stream at one step, from which elements are drawn by index.
  public func at(step: Int, part: Int = 0) -> Position {
    Position(stream: self, step: UInt32(truncatingIfNeeded: step), part: UInt32(part))
  }

  /// A stream and a step.
  public struct Position: Sendable {
    let stream: RandomStream
    let step: UInt32
    let part: UInt32

    /// Block `index` of this step.
    public func block(index: UInt64) -> SIMD4<UInt32> {
      stream.block(index: index, step: step, part: part)
    }

    /// The word that decides about sample `sample` of mask element `index`.
    public func word(index: UInt64, sample: Int) -> UInt32 {
      stream.block(index: index, step: step, part: part + UInt32(sample / 4))[sample % 4]
    }

    var kernelStream: ml_stream {
      let key = stream.key
      return ml_stream(key: (key[0], key[1], key[2], key[3]), step: step, part: part)
    }
  }
}

extension RandomStream {
  /// Uniform numbers in [low, high): low + (high − low) k/2²⁴ with k of 24 random bits.
  public func uniform<Scalar: TensorScalar>(
    _ shape: Shape, in range: ClosedRange<Scalar> = 0...1, step: Int = 0
  ) -> Tensor<Scalar> {
    var result = Tensor<Scalar>(uninitialized: shape)
    result.withUnsafeMutableBufferPointer { out in
      guard let start = out.baseAddress else { return }
      Scalar.uniform(out.count, at(step: step), range.lowerBound, range.upperBound, start)
    }
    return result
  }

  /// Normally distributed numbers (Box–Muller in double precision, then rounded).
  public func normal<Scalar: TensorScalar>(
    _ shape: Shape, mean: Scalar = 0, standardDeviation: Scalar = 1, step: Int = 0
  ) -> Tensor<Scalar> {
    let noise = at(step: step)
    var scalars: [Scalar] = []
    scalars.reserveCapacity(shape.count + 1)
    var index: UInt64 = 0
    while scalars.count < shape.count {
      let words = noise.block(index: index)
      index += 1
      let pair = NormalPair(
        bits: UInt64(words[0]) << 32 | UInt64(words[1]), UInt64(words[2]) << 32 | UInt64(words[3]))
      scalars.append(mean + standardDeviation * Scalar(pair.first))
      scalars.append(mean + standardDeviation * Scalar(pair.second))
    }
    return Tensor(Array(scalars.prefix(shape.count)), shape: shape)
  }

  /// Integers in 0..<bound, one for every index, by the multiply-and-shift method on 64 random bits
  /// (bias below bound / 2⁶⁴).
  public func integers(_ count: Int, below bound: Int, step: Int = 0) -> [Int] {
    require(bound > 0, "integers below \(bound)")
    let noise = at(step: step)
    return (0..<count).map { noise.integer(index: $0, below: bound) }
  }

  /// A uniformly random order of 0..<count (Fisher–Yates).
  public func permutation(_ count: Int, step: Int = 0) -> [Int] {
    var order = Array(0..<count)
    guard count > 1 else { return order }
    let noise = at(step: step)
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, noise.integer(index: last, below: last + 1))
    }
    return order
  }
}

extension RandomStream.Position {
  /// An integer in 0..<bound.
  public func integer(index: Int, below bound: Int) -> Int {
    let words = block(index: UInt64(index))
    let bits = UInt64(words[0]) << 32 | UInt64(words[1])
    return Int(bits.multipliedFullWidth(by: UInt64(bound)).high)
  }
}

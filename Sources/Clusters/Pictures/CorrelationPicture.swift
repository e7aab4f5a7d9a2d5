import Tensors

/// What the units of a sub-cluster follow: the mean of their maps of correlations with the pixels,
/// after their signs were aligned.
///
/// Reference: Hod et al., 2021, section 3.1.1 and appendix A.3.
public struct CorrelationPicture: Sendable {
  /// The units of the layer that it is of, ascending.
  public let members: [Int]
  /// One number per pixel, −1…1; their mean is not above 0.
  public let pixels: [Double]
  /// Standard deviation of the pixels, divided by their number.
  public let contrast: Double
  /// Mean of |cos| of all pairs of maps, 0…1.
  public let meanAbsoluteCosine: Double
  /// Mean of the cosines of all pairs of aligned maps, −1…1.
  public let alignedCosine: Double

  /// The picture of some units.
  ///
  /// - Parameters:
  ///   - members: units of a layer, at least one.
  ///   - maps: correlations of each unit of the layer with each pixel, units×pixels by rows.
  ///   - pixels: number of pixels.
  ///   - sweeps: see ``SignAlignment``.
  ///   - order: see ``SignAlignment``.
  ///   - random: see ``SignAlignment``.
  ///   - step: see ``SignAlignment``.
  init(
    _ members: [Int], maps: [Double], pixels: Int, sweeps: Int, order: SignAlignment.Order,
    random: RandomStream, step: Int
  ) {
    let own = members.flatMap { maps[($0 * pixels)..<(($0 + 1) * pixels)] }
    let alignment = SignAlignment(
      own, count: members.count, sweeps: sweeps, order: order, random: random, step: step)
    var picture = [Double](repeating: 0, count: pixels)
    for (index, sign) in alignment.signs.enumerated() {
      for pixel in 0..<pixels { picture[pixel] += sign * own[index * pixels + pixel] }
    }
    let mean = picture.reduce(0, +) / Double(pixels)
    // Divided by the number of units, and turned when its mean is above 0.
    let scale = (mean > 0 ? -1 : 1) / Double(members.count)
    picture = picture.map { scale * $0 }
    let center = scale * mean
    self.members = members
    self.pixels = picture
    contrast =
      (picture.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(pixels)).squareRoot()
    meanAbsoluteCosine = alignment.meanAbsoluteCosine
    alignedCosine = alignment.alignedCosine
  }

  /// The share of some pixels in the sum of all squares, 0…1: that of the left half, or of the first
  /// channel; NaN for a picture without contrast around 0.
  public func share(where isIncluded: (_ pixel: Int) -> Bool) -> Double {
    var (part, all) = (0.0, 0.0)
    for (index, pixel) in pixels.enumerated() {
      all += pixel * pixel
      if isIncluded(index) { part += pixel * pixel }
    }
    return part / all
  }

  /// |2 share − 1|: 0 when both halves have the same share, 1 when one has all.
  public static func oneSidedness(ofShare share: Double) -> Double { abs(2 * share - 1) }
}

/// How pictures are made.
public struct PictureSettings: Sendable, Hashable {
  /// Pictures of random units of the layer, for each sub-cluster.
  public var controls = 4
  /// Sweeps of the alignment of signs.
  public var sweeps = 20
  /// In which order they visit units.
  public var order = SignAlignment.Order.fixed
  /// Smaller sub-clusters have no picture.
  public var minimumSize = 4
  /// Nor those with more than this share of the layer's units.
  public var maximumShare = 0.8

  /// The paper's pictures.
  public init() {}
}

/// The pictures of a sub-cluster and of its controls.
public struct SubClusterPictures: Sendable {
  /// The cluster.
  public let cluster: Int
  /// Of its units in the layer.
  public let own: CorrelationPicture
  /// Of equally many random units each.
  public let controls: [CorrelationPicture]

  /// The pictures of all sub-clusters of a layer that are large enough.
  ///
  /// Units whose maps are constant, such as those that never act, are left out first. Controls are
  /// drawn without replacement from all others, those of the sub-cluster and isolated ones included.
  ///
  /// - Parameters:
  ///   - maps: correlations of each unit with each pixel, units×pixels by rows; see
  ///     ``StandardizedRanks/correlations(with:)``.
  ///   - labels: the cluster of each unit, −1 for none.
  ///   - settings: how pictures are made.
  ///   - random: draws controls.
  ///   - name: names the random streams; every cluster has its own.
  public static func all(
    maps: [Double], labels: [Int], settings: PictureSettings, random: RandomSource, name: String
  ) -> [SubClusterPictures] {
    let units = labels.count
    require(
      units > 0 && maps.count % units == 0, "\(maps.count) correlations of \(units) units")
    let pixels = maps.count / units
    let live = (0..<units).filter { unit in
      let map = maps[(unit * pixels)..<((unit + 1) * pixels)]
      return map.contains { $0 != map.first }
    }
    let largest = settings.maximumShare * Double(units)
    return Set(labels).filter { $0 >= 0 }.sorted().compactMap { cluster in
      let members = live.filter { labels[$0] == cluster }
      guard members.count >= settings.minimumSize, !members.isEmpty,
        Double(members.count) <= largest
      else { return nil }
      let controls = random.stream("\(name)/\(cluster)/controls")
      let visits = random.stream("\(name)/\(cluster)/visits")
      func picture(_ members: [Int], draw: Int) -> CorrelationPicture {
        CorrelationPicture(
          members, maps: maps, pixels: pixels, sweeps: settings.sweeps, order: settings.order,
          random: visits, step: draw * settings.sweeps)
      }
      return SubClusterPictures(
        cluster: cluster, own: picture(members, draw: 0),
        controls: (0..<settings.controls).map { draw in
          let drawn = controls.permutation(live.count, step: draw).prefix(members.count)
          return picture(drawn.map { live[$0] }.sorted(), draw: draw + 1)
        })
    }
  }
}

import Clusters
import Statistics
import Store
import Tensors
import Testing

@Suite struct CorrelationPictureTests {
  private let random = RandomSource(seed: 17)

  @Test func `rank correlations of matrices are SciPy's`() throws {
    let fixture = try Fixture("spearman").value
    let rows = try #require(fixture["matrix_rows_are_examples"]?.rows)
    let x = Tensor(rows.joined().map { Float($0) }, shape: [rows.count, rows[0].count])
    let ranks = StandardizedRanks(columns: x)
    let expected = try #require(fixture["matrix_rho"]?.rows)
    let found = ranks.correlations(with: ranks)
    #expect(found.count == rows[0].count * rows[0].count)
    for (index, value) in expected.joined().enumerated() {
      #expect(abs(found[index] - value) < 1e-9)
    }
    for pair in fixture["pairs"]?.arrayValue ?? [] {
      let (a, b) = try (#require(pair["a"]?.numbers), #require(pair["b"]?.numbers))
      #expect(Ranks.average(a) == pair["ranks_a"]?.numbers)
      #expect(Ranks.average(b) == pair["ranks_b"]?.numbers)
      let rho = Ranks.spearman(a, b)
      let both = StandardizedRanks(
        columns: Tensor(zip(a, b).flatMap { [Float($0), Float($1)] }, shape: [a.count, 2]))
      let found = both.correlations(with: both)[1]
      if let expected = pair["rho"]?.numberValue {
        #expect(abs(rho - expected) < 1e-9 && abs(found - expected) < 1e-9)
      } else {
        // A constant series has no correlation with anything; pictures take 0.
        #expect(rho.isNaN && found == 0 && both.varies != [true, true])
      }
    }
  }

  @Test func `ranks of many columns are those of every column`() {
    let x: Tensor<Float> = random.stream("x").uniform([50, 37], in: -1...1)
    // Half of the values are 0, as behind a ReLU, and some of them negative zeros.
    let cut = Tensor(x.scalars.map { $0 < 0 ? ($0 < -0.5 ? -0.0 : 0) : $0 }, shape: [50, 37])
    let ranks = StandardizedRanks(columns: cut)
    let found = ranks.correlations(with: ranks)
    for i in 0..<37 {
      for j in 0..<37 {
        let series = [i, j].map { column in (0..<50).map { Double(cut[$0, column]) } }
        #expect(abs(found[i * 37 + j] - Ranks.spearman(series[0], series[1])) < 1e-12)
      }
    }
  }

  @Test func `signs are aligned as by the reference`() throws {
    let fixture = try Fixture("sign_alignment").value
    let vectors = try #require(fixture["vectors"]?.rows)
    func align(_ sweeps: Int) -> SignAlignment {
      SignAlignment(
        vectors.flatMap(\.self), count: vectors.count, sweeps: sweeps,
        random: random.stream("s"))
    }
    for (sweep, signs) in (fixture["signs_after_sweep"]?.rows ?? []).enumerated() {
      #expect(align(sweep + 1).signs == signs)
    }
    let found = align(20)
    #expect(found.signs == fixture["final_signs"]?.numbers)
    let cosines = try #require(fixture["cosines"]?.rows).flatMap(\.self)
    for (value, expected) in zip(found.cosines, cosines) { #expect(abs(value - expected) < 1e-9) }

    // The picture is the mean, turned so that its own mean is not above 0.
    var settings = PictureSettings()
    settings.maximumShare = 1
    let maps = vectors.flatMap(\.self)
    let pictures = SubClusterPictures.all(
      maps: maps, labels: [Int](repeating: 2, count: vectors.count), settings: settings,
      random: random, name: "p")
    #expect(pictures.count == 1 && pictures[0].cluster == 2 && pictures[0].controls.count == 4)
    let mean = try #require(fixture["mean_vector"]?.numbers)
    let sign = mean.reduce(0, +) > 0 ? -1.0 : 1
    for (pixel, expected) in zip(pictures[0].own.pixels, mean) {
      #expect(abs(pixel - sign * expected) < 1e-9)
    }
    // The whole layer is its own control.
    #expect(pictures[0].controls.allSatisfy { $0.pixels == pictures[0].own.pixels })

    let values = pictures[0].own.pixels
    let center = values.reduce(0, +) / 12
    let deviation =
      (values.reduce(0) { $0 + ($1 - center) * ($1 - center) } / 12).squareRoot()
    #expect(abs(pictures[0].own.contrast - deviation) < 1e-12)
    var (absolute, aligned) = (0.0, 0.0)
    for i in 0..<7 {
      for j in 0..<i {
        absolute += abs(cosines[i * 7 + j]) / 21
        aligned += found.signs[i] * found.signs[j] * cosines[i * 7 + j] / 21
      }
    }
    #expect(abs(pictures[0].own.meanAbsoluteCosine - absolute) < 1e-9)
    #expect(abs(pictures[0].own.alignedCosine - aligned) < 1e-9)
  }

  @Test(arguments: SignAlignment.Order.allCases)
  func `vectors of two directions all point the same way`(order: SignAlignment.Order) {
    let direction: Tensor<Double> = random.stream("d").uniform([8], in: -1...1)
    let noise: Tensor<Double> = random.stream("n").uniform([10, 8], in: -0.1...0.1)
    let signs = [1.0, 1, -1, 1, -1, -1, 1, -1, 1, 1]
    let vectors = (0..<80).map { signs[$0 / 8] * direction[$0 % 8] + noise.scalars[$0] }
    let found = SignAlignment(vectors, count: 10, order: order, random: random.stream("o"))
    #expect(found.signs.map { $0 * found.signs[0] } == signs)
    #expect(found.alignedCosine > 0.8)
    #expect(abs(found.alignedCosine - found.meanAbsoluteCosine) < 1e-12)
    // A vector of zeros has no direction and keeps its sign.
    let zero = SignAlignment(
      vectors + [Double](repeating: 0, count: 8), count: 11, order: order,
      random: random.stream("o"))
    #expect(zero.signs[10] == 1)
  }

  @Test func `which sub-clusters have pictures`() {
    // Unit 9 never acts.
    var maps: Tensor<Double> = random.stream("maps").uniform([10, 6], in: -1...1)
    for pixel in 0..<6 { maps[9, pixel] = 0 }
    let labels = [0, 0, 0, 0, 1, 1, 1, 2, -1, 1]
    func pictures(_ settings: PictureSettings) -> [SubClusterPictures] {
      SubClusterPictures.all(
        maps: maps.scalars, labels: labels, settings: settings, random: random, name: "p")
    }
    var settings = PictureSettings()
    #expect(pictures(settings).map(\.cluster) == [0])
    settings.minimumSize = 3
    let found = pictures(settings)
    #expect(found.map(\.cluster) == [0, 1])
    #expect(found.map(\.own.members) == [[0, 1, 2, 3], [4, 5, 6]])
    for picture in found {
      for control in picture.controls {
        #expect(control.members.count == picture.own.members.count)
        #expect(control.members == Set(control.members).sorted() && !control.members.contains(9))
      }
      #expect(Set(picture.controls.map(\.members)).count > 1)
    }
    settings.maximumShare = 0.35
    #expect(pictures(settings).map(\.cluster) == [1])
    settings.controls = 2
    #expect(
      pictures(settings)[0].controls.map(\.members)
        == found[1].controls.prefix(2).map(\.members))
  }

  @Test func `shares of halves`() {
    var settings = PictureSettings()
    (settings.minimumSize, settings.maximumShare) = (1, 1)
    // Pixels of two rows and four columns, of which the left half has 9/10 of the squares.
    let maps: [Double] = [-3, 0, -1, 0, 0, -3, 0, -1]
    let picture = SubClusterPictures.all(
      maps: maps, labels: [0], settings: settings, random: random, name: "p")[0].own
    let share = picture.share { $0 % 4 < 2 }
    #expect(abs(share - 0.9) < 1e-12)
    #expect(abs(CorrelationPicture.oneSidedness(ofShare: share) - 0.8) < 1e-12)
    #expect(CorrelationPicture.oneSidedness(ofShare: 0.5) == 0)
    #expect(picture.meanAbsoluteCosine.isNaN)
  }

  @Test func `norms of maps`() throws {
    let fixture = try Fixture("conv_graph").value
    let kernel = try #require(fixture["kernel_hwio"]?.arrayValue)
    // Slices of the fixture's kernel as the maps of one image with 4·5 channels.
    let scalars = kernel.flatMap { row in
      (row.arrayValue ?? []).flatMap { $0.rows.flatMap { $0.map { Float(abs($0)) } } }
    }
    let maps = Tensor(scalars, shape: [1, 3, 3, 20])
    for (norm, key) in [
      (MapNorm.column, "column_slices"), (.spectral, "spectral_slices"),
    ] {
      let expected = try #require(fixture[key]?.rows).flatMap(\.self)
      for (value, wanted) in zip(norm.values(of: maps).scalars, expected) {
        #expect(abs(Double(value) - wanted) < 1e-5)
      }
    }
    let sums = MapNorm.sum.values(of: maps).scalars
    for channel in 0..<20 {
      let expected = (0..<9).reduce(Float(0)) { $0 + scalars[$1 * 20 + channel] }
      #expect(abs(sums[channel] - expected) < 1e-5)
    }
    let neurons = Tensor<Float>([1, -2], shape: [1, 2])
    #expect(MapNorm.spectral.values(of: neurons).scalars == [1, -2])
  }
}

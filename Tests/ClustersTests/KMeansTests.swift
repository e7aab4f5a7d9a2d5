import Clusters
import Store
import Tensors
import Testing

@Suite struct KMeansTests {
  private func expect(_ fit: KMeans.Fit, _ expected: JSONValue) {
    #expect(fit.labels == expected["labels"]?.integers)
    #expect(abs(fit.inertia - (expected["inertia"]?.numberValue ?? 0)) < 1e-9)
    for (center, wanted) in zip(fit.centers, expected["centers"]?.rows ?? []) {
      for (a, b) in zip(center, wanted) { #expect(abs(a - b) < 1e-9) }
    }
  }

  @Test func lloydsIterationAgreesWithScikitLearn() throws {
    let fixture = try Fixture("kmeans").value
    let points = KMeans(fixture["points"]?.rows ?? [])
    expect(points.fit(from: fixture["init"]?.rows ?? []), fixture)
    let empty = try #require(fixture["empty_cluster_case"])
    expect(points.fit(from: empty["init"]?.rows ?? []), empty)
  }

  @Test func lloydsIterationAgreesWithLoops() {
    let random = RandomSource(seed: 19)
    let uniform: Tensor<Double> = random.stream("points").uniform([90, 2], in: -1...1)
    let weights = (random.stream("weights").uniform([90], in: 0.5...3) as Tensor<Double>).scalars
    let points = (0..<90).map { [uniform[$0, 0], uniform[$0, 1]] }
    var centers = [points[3], points[40], points[80], points[81]]
    let found = KMeans(points, weights: weights).fit(from: centers)
    func square(_ a: [Double], _ b: [Double]) -> Double {
      (a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1])
    }
    var labels: [Int] = []
    for _ in 0..<found.iterations {
      labels = points.map { point in
        centers.indices.min { square(point, centers[$0]) < square(point, centers[$1]) } ?? 0
      }
      for cluster in centers.indices {
        let members = points.indices.filter { labels[$0] == cluster }
        let total = members.reduce(0) { $0 + weights[$1] }
        centers[cluster] = (0..<2).map { axis in
          members.reduce(0) { $0 + weights[$1] * points[$1][axis] } / total
        }
      }
    }
    #expect(found.iterations > 3)
    for (center, wanted) in zip(found.centers, centers) { #expect(square(center, wanted) < 1e-20) }
    let inertia = points.indices.reduce(0) {
      $0 + weights[$1] * square(points[$1], found.centers[found.labels[$1]])
    }
    #expect(abs(found.inertia - inertia) < 1e-9)
  }

  @Test func aWeightIsThatManyPoints() throws {
    let rows = try #require(try Fixture("kmeans").value["points"]?.rows)
    let weights = rows.indices.map { 1 + $0 % 3 }
    let repeated = zip(rows, weights).flatMap { Array(repeating: $0, count: $1) }
    let start = [rows[0], rows[20], rows[40]]
    let weighted = KMeans(rows, weights: weights.map(Double.init)).fit(from: start)
    let plain = KMeans(repeated).fit(from: start)
    #expect(abs(weighted.inertia - plain.inertia) < 1e-9)
    let labels = zip(weighted.labels, weights).flatMap { Array(repeating: $0, count: $1) }
    #expect(labels == plain.labels)
  }

  @Test func findsSeparatedGroupsAndEqualPoints() {
    let groups: [[Double]] = [[0, 0], [10, 5], [20, 0]]
    let rows = (0..<60).map { groups[$0 % 3] }
    let fit = KMeans(rows).fit(
      clusters: 3, restarts: 4, random: RandomSource(seed: 3).stream("k-means"))
    #expect(fit.inertia < 1e-20)
    #expect(Set(fit.labels).count == 3)
    #expect((0..<60).allSatisfy { fit.labels[$0] == fit.labels[$0 % 3] })
    // More clusters than different points.
    let more = KMeans(rows).fit(
      clusters: 5, restarts: 2, random: RandomSource(seed: 3).stream("k-means"))
    #expect(more.inertia < 1e-20)
  }
}

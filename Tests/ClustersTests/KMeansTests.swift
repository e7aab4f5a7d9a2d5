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

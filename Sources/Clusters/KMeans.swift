import Foundation
import Tensors

/// k-means clustering of points that may have weights.
///
/// Lloyd's iteration from greedy k-means++ centres, as scikit-learn's `KMeans` does it; of several
/// restarts the one with the smallest inertia is kept.
///
/// Reference: Arthur, Vassilvitskii: k-means++: the advantages of careful seeding. SODA 2007.
public struct KMeans: Sendable {
  /// What a fit has found.
  public struct Fit: Sendable {
    /// The centre of each point, 0..<number of centres.
    public let labels: [Int]
    /// Σ weight·‖point − its centre‖².
    public let inertia: Double
    /// One row for each centre.
    public let centers: [[Double]]
    /// Steps of Lloyd's iteration.
    public let iterations: Int
  }

  /// Points×dimensions by rows, moved so that their mean is 0.
  private let points: [Double]
  private let mean: [Double]
  private let dimensions: Int
  private let count: Int
  private let weights: [Double]
  /// A shift of the centres with a smaller sum of squares ends the iteration.
  private let tolerance: Double
  private static let maximumIterations = 300

  /// Points of equal dimension; without weights all weigh 1.
  public init(_ rows: [[Double]], weights: [Double]? = nil) {
    let dimensions = rows.first?.count ?? 0
    require(rows.allSatisfy { $0.count == dimensions }, "points of several dimensions")
    require(weights.map { $0.count == rows.count } ?? true, "a weight for each point")
    let count = rows.count
    let mean = (0..<dimensions).map { dimension in
      rows.reduce(0) { $0 + $1[dimension] } / Double(max(count, 1))
    }
    let points = rows.flatMap { row in zip(row, mean).map { $0 - $1 } }
    let variance = points.reduce(0) { $0 + $1 * $1 } / Double(max(points.count, 1))
    (self.dimensions, self.count, self.mean, self.points) = (dimensions, count, mean, points)
    self.weights = weights ?? [Double](repeating: 1, count: count)
    tolerance = 1e-4 * variance
  }

  /// The best of several fits from random centres.
  ///
  /// - Precondition: at least as many points as clusters, and one restart.
  public func fit(clusters: Int, restarts: Int, random: RandomStream) -> Fit {
    require(clusters > 0 && clusters <= count, "\(clusters) clusters of \(count) points")
    require(restarts > 0, "no restarts")
    var best = lloyd(seeds(clusters, random, 0))
    for restart in 1..<restarts {
      let fit = lloyd(seeds(clusters, random, restart))
      if fit.inertia < best.inertia { best = fit }
    }
    return best
  }

  /// The fit from given centres.
  public func fit(from centers: [[Double]]) -> Fit {
    lloyd(centers.flatMap { row in zip(row, mean).map { $0 - $1 } })
  }

  // MARK: - Seeding

  /// Greedy k-means++: of 2 + ⌊ln k⌋ candidates, drawn by weight and squared distance to the nearest
  /// centre, the one that leaves the smallest sum.
  private func seeds(_ clusters: Int, _ random: RandomStream, _ restart: Int) -> [Double] {
    let candidates = 2 + Int(log(Double(clusters)))
    let draws: Tensor<Double> = random.uniform([clusters * candidates], step: restart)
    let uniform = draws.scalars
    var centers: [Double] = []
    var nearest = [Double](repeating: 1, count: count)
    for cluster in 0..<clusters {
      var sums = [Double](repeating: 0, count: count)
      var sum = 0.0
      for point in 0..<count {
        sum += weights[point] * nearest[point]
        sums[point] = sum
      }
      var best: (total: Double, distances: [Double], point: Int)?
      for candidate in 0..<(cluster == 0 ? 1 : candidates) {
        let point = sums.firstIndexAbove(uniform[cluster * candidates + candidate] * sum)
        let distances = squaredDistances(to: point, atMost: cluster == 0 ? nil : nearest)
        var total = 0.0
        for other in 0..<count { total += weights[other] * distances[other] }
        if total < best?.total ?? .infinity { best = (total, distances, point) }
      }
      guard let best else { break }
      nearest = best.distances
      centers += points[(best.point * dimensions)..<((best.point + 1) * dimensions)]
    }
    return centers
  }

  private func squaredDistances(to point: Int, atMost limits: [Double]?) -> [Double] {
    points.withUnsafeBufferPointer { points in
      (0..<count).map { other in
        var sum = 0.0
        for dimension in 0..<dimensions {
          let difference =
            points[other * dimensions + dimension] - points[point * dimensions + dimension]
          sum += difference * difference
        }
        return limits.map { min(sum, $0[other]) } ?? sum
      }
    }
  }

  // MARK: - Lloyd's iteration

  private func lloyd(_ start: [Double]) -> Fit {
    let clusters = start.count / dimensions
    var centers = start
    var labels = [Int](repeating: -1, count: count)
    var scores = [Double](repeating: 0, count: count * clusters)
    var iterations = 0
    var isSettled = false
    while iterations < Self.maximumIterations, !isSettled {
      iterations += 1
      let previous = labels
      assign(centers, &scores, &labels)
      let moved = means(labels, centers)
      let shift = zip(moved, centers).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      centers = moved
      isSettled = labels == previous
      if !isSettled, shift <= tolerance {
        assign(centers, &scores, &labels)
        isSettled = true
      }
    }
    return Fit(
      labels: labels, inertia: inertia(labels, centers),
      centers: (0..<clusters).map { cluster in
        (0..<dimensions).map { centers[cluster * dimensions + $0] + mean[$0] }
      }, iterations: iterations)
  }

  /// The nearest centre of each point: the smallest ‖c‖² − 2 x·c.
  private func assign(_ centers: [Double], _ scores: inout [Double], _ labels: inout [Int]) {
    let clusters = centers.count / dimensions
    let norms = (0..<clusters).map { cluster in
      centers[(cluster * dimensions)..<((cluster + 1) * dimensions)].reduce(0) { $0 + $1 * $1 }
    }
    BLAS.product(
      points, rows: count, centers, columns: clusters, inner: dimensions, into: &scores)
    scores.withUnsafeBufferPointer { scores in
      norms.withUnsafeBufferPointer { norms in
        for point in 0..<count {
          var (best, label) = (Double.infinity, 0)
          for cluster in 0..<clusters {
            let score = norms[cluster] - 2 * scores[point * clusters + cluster]
            if score < best { (best, label) = (score, cluster) }
          }
          labels[point] = label
        }
      }
    }
  }

  /// The weighted mean of each cluster's points. An empty cluster takes the point that lies farthest
  /// from its centre, which leaves its own cluster.
  private func means(_ labels: [Int], _ centers: [Double]) -> [Double] {
    let clusters = centers.count / dimensions
    var sums = [Double](repeating: 0, count: centers.count)
    var total = [Double](repeating: 0, count: clusters)
    for point in 0..<count {
      let (label, weight) = (labels[point], weights[point])
      total[label] += weight
      for dimension in 0..<dimensions {
        sums[label * dimensions + dimension] += weight * points[point * dimensions + dimension]
      }
    }
    let empty = (0..<clusters).filter { total[$0] == 0 }
    if !empty.isEmpty {
      let farthest = (0..<count).sorted {
        (distance($1, labels[$1], centers), $0) < (distance($0, labels[$0], centers), $1)
      }
      for (cluster, point) in zip(empty, farthest) {
        let (label, weight) = (labels[point], weights[point])
        for dimension in 0..<dimensions {
          let moved = weight * points[point * dimensions + dimension]
          sums[label * dimensions + dimension] -= moved
          sums[cluster * dimensions + dimension] = moved
        }
        total[label] -= weight
        total[cluster] = weight
      }
    }
    for cluster in 0..<clusters where total[cluster] > 0 {
      for dimension in 0..<dimensions { sums[cluster * dimensions + dimension] /= total[cluster] }
    }
    return sums
  }

  private func distance(_ point: Int, _ cluster: Int, _ centers: [Double]) -> Double {
    var sum = 0.0
    for dimension in 0..<dimensions {
      let difference =
        points[point * dimensions + dimension] - centers[cluster * dimensions + dimension]
      sum += difference * difference
    }
    return sum
  }

  private func inertia(_ labels: [Int], _ centers: [Double]) -> Double {
    (0..<count).reduce(0) { $0 + weights[$1] * distance($1, labels[$1], centers) }
  }
}

extension [Double] {
  /// The first index whose element is above a value, in an ascending array; the last one when none
  /// is.
  fileprivate func firstIndexAbove(_ value: Double) -> Int {
    var (low, high) = (0, count - 1)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] > value { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

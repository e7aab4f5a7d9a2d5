import Statistics
import Tensors

/// The spectral clustering of a graph into k clusters, for one or several k.
///
/// Isolated vertices are left out and have label −1. The eigenvectors of the smallest eigenvalues are
/// computed once for all k (see ``SpectralDecomposition``); k-means divides the vertices by them.
///
/// Reference: Shi, Malik 2000; scikit-learn's `SpectralClustering` with a precomputed affinity.
public struct SpectralClustering: Sendable {
  /// How vertices are assigned to clusters.
  public enum Assignment: String, Sendable, Hashable, CaseIterable {
    /// k-means of the eigenvectors' rows, as the paper.
    case kmeans
    /// k-means of the rows weighted by degree: the rounding that belongs to the relaxation. Vertices
    /// of small degree, whose rows lie far out, make no clusters of their own.
    ///
    /// Reference: Dhillon, Guan, Kulis: Weighted graph cuts without eigenvectors. IEEE PAMI 2007.
    case weighted
  }

  /// What cannot be clustered.
  public enum Problem: Error, Sendable {
    /// More clusters than vertices with edges.
    case tooFewVertices(clusters: Int, vertices: Int)
    /// The eigenvectors were not found.
    case notConverged(SymmetricEigenproblem.NotConverged)
  }

  /// A partition of the vertices, and how good it is.
  public struct Partition: Sendable {
    /// The cluster of each vertex, 0…k − 1, by group; −1 for isolated vertices.
    public let labels: [[Int]]
    /// How many clusters were asked for; fewer are found when fewer rows of the eigenvectors differ.
    public let clusters: Int
    /// The normalised cut of the vertices that are not isolated.
    public let normalizedCut: Double
    /// Of the k-means.
    public let inertia: Double
    /// Mean adjusted Rand index of five other seeds' partitions with this one, −1…1; nil when it was
    /// not asked for.
    public let stability: Double?
    /// λ_{k+1} − λ_k; nil when there are only k vertices.
    public let eigengap: Double?

    /// How many clusters there are.
    public var clusterCount: Int { Set(labels.joined()).subtracting([-1]).count }

    /// (1 − n/k) / (2 n/k) for the normalised cut n: how much more of the weight of an average cluster's
    /// edges stays within it than leaves it.
    public var averageInOut: Double {
      let share = normalizedCut / Double(clusters)
      return (1 - share) / (2 * share)
    }
  }

  /// The vertices that have edges.
  public let graph: WeightGraph
  /// Of the whole graph: which vertices have edges.
  private let isKept: [Bool]
  private let groups: [WeightGraph.Group]
  private let degrees: [Double]
  private let random: RandomSource
  private let name: String
  private let decompositions: [Int: SpectralDecomposition]

  /// Prepares the partitions into the given numbers of clusters.
  ///
  /// - Parameters:
  ///   - name: names the random streams.
  /// - Throws: ``Problem``.
  public init(
    _ graph: WeightGraph, clusters: [Int], random: RandomSource, name: String
  ) throws(Problem) {
    groups = graph.groups
    let isKept = graph.degrees.map { $0 > 0 }
    self.isKept = isKept
    self.graph = isKept.allSatisfy(\.self) ? graph : graph.keeping(isKept)
    degrees = self.graph.degrees
    componentSizes = self.graph.components.reduce(into: [:] as [Int: Int]) {
      $0[$1, default: 0] += 1
    }.values.sorted(by: >)
    self.random = random
    self.name = name
    for k in clusters where k > self.graph.vertexCount {
      throw .tooFewVertices(clusters: k, vertices: self.graph.vertexCount)
    }
    var decompositions: [Int: SpectralDecomposition] = [:]
    for count in Set(clusters.map(SpectralDecomposition.count)).sorted() {
      do {
        decompositions[count] = try SpectralDecomposition(
          of: self.graph, count: count, random: random.stream("\(name)/eigenvectors"))
      } catch { throw .notConverged(error) }
    }
    self.decompositions = decompositions
  }

  /// Number of vertices without edges.
  public var isolatedCount: Int { isKept.count - graph.vertexCount }
  /// Numbers of vertices of the connected components, isolated vertices left out; from the largest.
  public let componentSizes: [Int]

  /// λ₁ … of the decomposition that serves k clusters, ascending.
  public func eigenvalues(for clusters: Int) -> [Double] {
    decomposition(for: clusters).eigenvalues
  }

  /// The partition into k clusters.
  ///
  /// - Parameters:
  ///   - clusters: one of the numbers that were prepared.
  ///   - restarts: of the k-means; by default 25 up to 2,000 vertices, else 100.
  ///   - measuresStability: also clusters with five other seeds.
  public func partition(
    into clusters: Int, by assignment: Assignment = .kmeans, restarts: Int? = nil,
    measuresStability: Bool = false
  ) -> Partition {
    let decomposition = decomposition(for: clusters)
    let rows = (0..<graph.vertexCount).map { vertex in
      (0..<clusters).map { decomposition.vectors[$0][vertex] }
    }
    let kMeans = KMeans(rows, weights: assignment == .weighted ? degrees : nil)
    let restarts = restarts ?? (graph.vertexCount <= 2000 ? 25 : 100)
    func fit(_ seed: Int) -> KMeans.Fit {
      kMeans.fit(
        clusters: clusters, restarts: restarts,
        random: random.stream("\(name)/k-means/\(clusters)/\(seed)"))
    }
    let fit0 = fit(0)
    let others = measuresStability ? (1...5).map { fit($0).labels } : []
    let agreement = others.map { PartitionAgreement($0, fit0.labels).adjustedRandIndex }
    let values = decomposition.eigenvalues
    return Partition(
      labels: labels(fit0.labels), clusters: clusters,
      normalizedCut: graph.normalizedCut(fit0.labels),
      inertia: fit0.inertia,
      stability: agreement.isEmpty ? nil : agreement.reduce(0, +) / Double(agreement.count),
      eigengap: values.count > clusters ? values[clusters] - values[clusters - 1] : nil)
  }

  private func decomposition(for clusters: Int) -> SpectralDecomposition {
    guard let found = decompositions[SpectralDecomposition.count(for: clusters)] else {
      fatalError("a partition into \(clusters) clusters was not prepared")
    }
    return found
  }

  /// Labels of the vertices that are kept, put back to all, by group.
  private func labels(_ kept: [Int]) -> [[Int]] {
    var next = kept.makeIterator()
    var isKept = isKept.makeIterator()
    return groups.map { group in
      (0..<group.count).map { _ in isKept.next() == true ? next.next() ?? -1 : -1 }
    }
  }
}

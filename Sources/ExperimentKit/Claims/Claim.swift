/// A statement of a paper that measured results can confirm.
public struct Claim: Sendable, Equatable {
  /// How the seeds enter.
  public enum Aggregate: String, Sendable, CaseIterable {
    /// The measure is computed for every seed; the criterion applies to the mean.
    case perSeed = "per-seed"
    /// The measure is computed for every seed; the criterion applies to the median.
    case median
    /// The measure is computed from the tables' means over seeds.
    case ofMeans = "of-means"
    /// The measure is computed for every seed; a fraction of the seeds must satisfy the criterion.
    case seeds
  }

  /// Name of the claim within its manifest.
  public let id: String
  /// The statement in words.
  public let claim: String
  /// Where it stands in the paper.
  public let source: String
  /// What the source says, in meaning and without additions; empty when it says nothing of the kind.
  public let published: String
  /// What is asked beyond the source, and why; empty when the criterion is the published one.
  public let asks: String
  /// The variants it is about; nil for every variant by itself.
  public let variants: [String]?
  /// What is measured, by profile.
  public let measures: [String: Expression]
  /// How the seeds enter.
  public let aggregate: Aggregate
  /// When the claim holds, by profile; it is not checked in other profiles.
  public let criteria: [String: Criterion]
}

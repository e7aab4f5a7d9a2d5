import Store

/// The outcome of checking one claim in one profile, for one variant and combination of swept
/// values.
public struct ClaimResult: Sendable, Equatable {
  /// Name of the claim.
  public var id: String
  /// The statement in words.
  public var claim: String
  /// Where it stands in the paper.
  public var source: String
  /// What the source says.
  public var published: String
  /// What is asked beyond it, and why.
  public var asks: String
  /// The profile whose results were checked.
  public var profile: String
  /// Variant and swept values, for example `main mask.beta=0.0001`; empty when the measure names
  /// them itself.
  public var subject: String
  /// When the claim holds, for example `≥ 0.98` or `< 0.01 for the median`; empty when it is not
  /// checked in this profile.
  public var criterion: String
  /// Whether the claim has a criterion for the profile.
  public var isAsked: Bool
  /// The measured value: mean or median over seeds, or the measure of means.
  public var mean: Double?
  /// Unbiased standard deviation over seeds, nil for fewer than two.
  public var standardDeviation: Double?
  /// Number of seeds with a finite value.
  public var n: Int
  /// Number of seeds that satisfy the criterion, when it is about single seeds.
  public var satisfied: Int?
  /// Whether the claim holds; nil when it cannot be evaluated or is not asked.
  public var holds: Bool?
  /// Why the claim could not be checked, or what is to be kept in mind.
  public var reason: String?
}

extension ClaimResult {
  /// What came of a claim.
  public enum Verdict: String, Sendable {
    /// The criterion is met.
    case holds
    /// The criterion is not met.
    case fails
    /// There is a criterion for the profile, and no value to compare with it.
    case unknown
    /// The profile has no criterion.
    case notAsked = "not-asked"
  }

  /// What came of the claim.
  public var verdict: Verdict {
    switch holds {
    case true?: .holds
    case false?: .fails
    case nil: isAsked ? .unknown : .notAsked
    }
  }

  /// The result as JSON; what is not known is null.
  public var json: JSONValue {
    [
      "id": .string(id), "claim": .string(claim), "source": .string(source),
      "published": .string(published), "asks": .string(asks), "profile": .string(profile),
      "subject": .string(subject),
      "criterion": .string(criterion), "verdict": .string(verdict.rawValue),
      "mean": mean.map(JSONValue.number) ?? .null,
      "std": standardDeviation.map(JSONValue.number) ?? .null, "n": .integer(n),
      "satisfied": satisfied.map(JSONValue.integer) ?? .null,
      "holds": holds.map(JSONValue.bool) ?? .null,
      "reason": reason.map(JSONValue.string) ?? .null,
    ]
  }
}

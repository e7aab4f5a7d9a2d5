import Statistics
import Store

/// Compares measured results with the claims of a paper.
public struct ClaimChecker {
  private let results: any StudyResults
  private let otherResults: (String) throws -> (any StudyResults)?

  /// Creates a checker.
  ///
  /// - Parameters:
  ///   - results: The results of the study that makes the claims.
  ///   - others: Gives the results of another study in the same output folder, nil when there is
  ///     none.
  public init(
    _ results: any StudyResults, others: @escaping (String) throws -> (any StudyResults)?
  ) {
    self.results = results
    otherResults = others
  }

  /// Checks claims.
  ///
  /// A claim has one result for every variant and combination of swept values of a profile, unless
  /// its measure names them itself. What a claim measures is told even where it has no criterion.
  ///
  /// - Parameter profiles: The profiles to look at; nil for all that the study has been asked for.
  /// - Throws: ``Failure`` when a table cannot be read.
  public func check(_ claims: [Claim], profiles: [String]? = nil) throws -> [ClaimResult] {
    let found = Set(results.groups.map(\.label.profile))
    let known = ManifestProfile.names.filter(found.contains)
    let profiles = profiles ?? known + found.subtracting(known).sorted()
    return try claims.flatMap { claim in
      try profiles.flatMap { try check(claim, profile: $0) }
    }
  }

  /// What the measures of claims are worth under the controls that their tables declare: a random mask in
  /// place of the learned one, for instance.
  ///
  /// - Returns: For every control of a claim its name and the results, which have no verdict; those without a
  ///   value are left out.
  /// - Throws: ``Failure`` when a table cannot be read.
  public func controls(
    of claims: [Claim], profiles: [String]? = nil
  ) throws -> [(control: String, result: ClaimResult)] {
    try claims.flatMap { claim in
      var controls: [Table.Control] = []
      for control in claim.measures.values.flatMap(\.controls) where !controls.contains(control) {
        controls.append(control)
      }
      return try controls.flatMap { control in
        try check([claim.under(control)], profiles: profiles).filter { $0.mean != nil }
          .map { (control.name, $0) }
      }
    }
  }

  // MARK: - One claim

  private func check(_ claim: Claim, profile: String) throws -> [ClaimResult] {
    var blank = ClaimResult(claim, profile: profile)
    guard let measure = claim.measures[profile] else {
      blank.reason = blank.withoutCriterion
      return [blank]
    }
    let groups = RunGroup.groups(
      of: results, profile: profile, measure: measure, variants: claim.variants)
    if groups.isEmpty {
      if results.groups.contains(where: { $0.label.profile == profile }) {
        blank.isAsked = false
        blank.reason = "none of the variants that the claim is about was asked for"
      } else {
        blank.reason = "there are no results of the profile '\(profile)'"
      }
      return [blank]
    }
    var selected: [(selection: Selection, table: ResultTable)] = []
    for selection in measure.selections {
      guard let source = try source(of: selection) else {
        blank.reason = "there are no results of the study '\(selection.study ?? results.study)'"
        return [blank]
      }
      selected.append(
        (
          selection,
          try ResultTable(
            source, table: selection.table, metric: selection.metric, profile: profile)
        ))
    }
    return groups.map { group in
      var result = blank
      result.subject = group.description
      return Evaluation(
        claim: claim, measure: measure,
        tables: selected.map { ($0.selection, group.rows(of: $0.table)) },
        seeds: group.seeds(in: results, profile: profile, measure: measure)
      ).complete(result)
    }
  }

  private func source(of selection: Selection) throws -> (any StudyResults)? {
    guard let other = selection.study, other != results.study else { return results }
    return try otherResults(other)
  }
}

/// The evaluation of one measure for one group of runs.
private struct Evaluation {
  let claim: Claim
  let measure: Expression
  let tables: [(selection: Selection, table: ResultTable)]
  /// The planned seeds.
  let seeds: [Int: ResultGroup.State]

  func complete(_ result: ClaimResult) -> ClaimResult {
    var result = result
    let (values, problems) = perSeed()
    let summary = Summary(of: values)
    result.n = summary.n
    result.standardDeviation = summary.standardDeviation
    result.mean = claim.aggregate == .median ? Summary.median(of: values) : summary.mean
    var problem = problems.first
    if claim.aggregate == .ofMeans {
      do {
        result.mean = try value { $0.averagedOverSeeds() }
        problem = nil
      } catch let found as EvaluationProblem {
        result.mean = nil
        problem = found.reason
      } catch {
        result.mean = nil
        problem = "\(error)"
      }
    }
    let missing = seeds.count - summary.n
    let criterion = claim.criteria[result.profile]
    // What no one asks for may have nothing to measure, such as a class that the profile leaves out.
    let unasked = criterion == nil ? result.withoutCriterion : nil
    guard let mean = result.mean, mean.isFinite else {
      result.mean = nil
      result.reason = unasked ?? standing ?? problem ?? "the measure is not a finite number"
      return result
    }
    if missing > 0 {
      result.reason =
        "\(missing) of \(seeds.count) seeds give no value"
        + ((standing ?? problem).map { ": \($0)" } ?? "")
    }
    guard let criterion else {
      result.reason = result.reason ?? unasked
      return result
    }
    decide(&result, criterion, mean: mean, values: values, summary: summary)
    return result
  }

  private func decide(
    _ result: inout ClaimResult, _ criterion: Criterion, mean: Double, values: [Double],
    summary: Summary
  ) {
    if let fraction = criterion.atLeastSeeds {
      let satisfied = values.count { criterion.isMet(by: $0) }
      result.satisfied = satisfied
      // A planned seed without a value satisfies nothing. The slack makes 9 of 10 enough for 0.9.
      result.holds = Double(satisfied) >= fraction * Double(seeds.count) - 1e-9
    } else if let margin = criterion.marginStds {
      guard let deviation = summary.standardDeviation else {
        result.reason = "a margin of standard deviations needs two seeds or more"
        return
      }
      result.holds = criterion.isMet(by: mean, margin: margin * deviation)
    } else {
      result.holds = criterion.isMet(by: mean)
    }
  }

  /// How many of the planned seeds are not complete, nil when all are.
  private var standing: String? {
    let failed = seeds.values.count { $0 == .failed }
    let unfinished = seeds.values.count { $0 == .unfinished }
    let parts = [
      failed > 0 ? "\(failed) failed or diverged" : nil,
      unfinished > 0 ? "\(unfinished) not yet computed" : nil,
    ].compactMap(\.self)
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  /// The measure for every planned seed, and why some have none.
  private func perSeed() -> (values: [Double], problems: [String]) {
    var values: [Double] = []
    var problems: [String] = []
    for seed in seeds.keys.sorted() {
      do {
        values.append(try value { table in table.filtered { $0.seed == seed } })
      } catch let problem as EvaluationProblem {
        problems.append(problem.reason)
      } catch {
        problems.append("\(error)")
      }
    }
    return (values, problems)
  }

  private func value(_ reduce: (ResultTable) -> ResultTable) throws -> Double {
    let reduced = tables.map { (selection: $0.selection, table: reduce($0.table)) }
    let result = try measure.evaluate { selection in
      guard let found = reduced.first(where: { $0.selection == selection }) else {
        throw EvaluationProblem(reason: "\(selection) has no table")
      }
      return found.table
    }
    guard result.keys.isEmpty, result.values.count == 1 else {
      throw EvaluationProblem(reason: "the measure has several values")
    }
    return result.values[0].value
  }
}

extension ClaimResult {
  /// Why there is no verdict where the profile has no criterion.
  fileprivate var withoutCriterion: String { "no criterion for the profile '\(profile)'" }

  fileprivate init(_ claim: Claim, profile: String) {
    let criterion = claim.criteria[profile]
    let ofWhat = claim.aggregate == .median ? " for the median" : ""
    self.init(
      id: claim.id, claim: claim.claim, source: claim.source, published: claim.published,
      asks: claim.asks, profile: profile, subject: "",
      criterion: criterion.map { "\($0)\(ofWhat)" } ?? "", isAsked: criterion != nil, n: 0)
  }
}

extension Claim {
  /// The claim with its measure under a control, in the profiles where it has one; nothing is asked of it.
  fileprivate func under(_ control: Table.Control) -> Claim {
    Claim(
      id: id, claim: claim, source: source, published: published, asks: asks, variants: variants,
      measures: measures.filter { $0.value.controls.contains(control) }
        .mapValues { $0.under(control) },
      aggregate: aggregate, criteria: [:])
  }
}

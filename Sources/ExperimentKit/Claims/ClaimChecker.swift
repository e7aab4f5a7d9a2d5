import Statistics
import Store

/// Compares measured results with the claims of a paper.
public struct ClaimChecker: Sendable {
  private let folder: String
  private let experiment: String

  /// Creates a checker.
  ///
  /// - Parameters:
  ///   - folder: The folder with the tables of all seeds, `OUT/<experiment>`.
  ///   - experiment: Name of the experiment.
  public init(folder: String, experiment: String) {
    self.folder = folder
    self.experiment = experiment
  }

  /// Checks claims.
  ///
  /// A claim has one result for every variant and combination of swept values of a profile, unless
  /// its measure names them itself. A result that cannot be computed has no verdict but a reason.
  ///
  /// - Parameter profiles: The profiles to look at; nil for all that have results.
  /// - Throws: ``Failure`` when a table cannot be read.
  public func check(_ claims: [Claim], profiles: [String]? = nil) throws -> [ClaimResult] {
    var tables = TableCache(folder: folder, experiment: experiment)
    let profiles = try profiles ?? tables.profiles(of: claims)
    return try claims.flatMap { claim in
      try profiles.flatMap { try check(claim, profile: $0, &tables) }
    }
  }

  // MARK: - One claim

  private func check(
    _ claim: Claim, profile: String, _ tables: inout TableCache
  ) throws -> [ClaimResult] {
    guard let criterion = claim.criteria[profile], let measure = claim.measures[profile] else {
      var result = ClaimResult(claim, profile: profile)
      result.reason = "no criterion for the profile '\(profile)'"
      return [result]
    }
    var selected: [(selection: Selection, table: ResultTable)] = []
    for selection in measure.selections {
      guard let table = try tables.table(selection, profile: profile) else {
        var result = ClaimResult(claim, profile: profile, criterion: criterion)
        result.reason = "\(selection.table.name).csv is missing"
        return [result]
      }
      selected.append((selection, table))
    }
    let groups = RunGroup.groups(of: selected, variants: claim.variants)
    if groups.isEmpty {
      var result = ClaimResult(claim, profile: profile, criterion: criterion)
      result.reason = "there are no results of the profile '\(profile)'"
      return [result]
    }
    return groups.map { group in
      let inGroup = selected.map { ($0.selection, group.rows(of: $0.table)) }
      var result = ClaimResult(claim, profile: profile, criterion: criterion)
      result.subject = group.description
      return Evaluation(claim: claim, measure: measure, criterion: criterion, tables: inGroup)
        .complete(result)
    }
  }
}

/// The evaluation of one measure for one group of runs.
private struct Evaluation {
  let claim: Claim
  let measure: Expression
  let criterion: Criterion
  let tables: [(selection: Selection, table: ResultTable)]

  func complete(_ result: ClaimResult) -> ClaimResult {
    var result = result
    var (values, problems) = perSeed()
    let seeds = values.count + problems.count
    let summary = Summary(of: values)
    result.n = summary.n
    result.standardDeviation = summary.standardDeviation
    result.mean = summary.mean
    if claim.aggregate == .ofMeans {
      problems = []
      do {
        result.mean = try value { $0.averagedOverSeeds() }
      } catch let problem as EvaluationProblem {
        result.mean = nil
        problems = [problem.reason]
      } catch {
        problems = ["\(error)"]
      }
    }
    guard let mean = result.mean, mean.isFinite else {
      result.mean = nil
      result.reason = problems.first ?? "the measure is not a finite number"
      return result
    }
    if summary.n < seeds {
      result.reason =
        "\(seeds - summary.n) of \(seeds) seeds give no value"
        + (problems.first.map { ": \($0)" } ?? "")
    }
    if let fraction = criterion.atLeastSeeds {
      let satisfied = values.filter { criterion.isMet(by: $0) }.count
      result.satisfied = satisfied
      // A seed without a value does not satisfy anything. The slack makes 9 of 10 enough for 0.9.
      result.holds = Double(satisfied) >= fraction * Double(seeds) - 1e-9
    } else if let margin = criterion.marginStds {
      guard let deviation = summary.standardDeviation else {
        result.reason = "a margin of standard deviations needs two seeds or more"
        return result
      }
      result.holds = criterion.isMet(by: mean, margin: margin * deviation)
    } else {
      result.holds = criterion.isMet(by: mean)
    }
    return result
  }

  /// The measure for every seed, and why some have none.
  private func perSeed() -> (values: [Double], problems: [String]) {
    let seeds = Set(tables.flatMap { $0.table.rows.map(\.seed) })
      .sorted { KeyOrder.precedes($0, $1, kind: .integer) }
    var values: [Double] = []
    var problems: [String] = []
    for seed in seeds {
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
  fileprivate init(_ claim: Claim, profile: String, criterion: Criterion? = nil) {
    self.init(
      id: claim.id, claim: claim.claim, source: claim.source, published: claim.published,
      profile: profile, subject: "", criterion: criterion?.description ?? "", n: 0)
  }
}

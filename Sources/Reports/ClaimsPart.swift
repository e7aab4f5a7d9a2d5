import ExperimentKit
import Runner
import Store

/// The claims of a study as its page shows them: verdict, reason, and what the same measure is worth under
/// the controls.
struct ClaimsPart {
  let claims: StudyClaims

  /// How many claims have a verdict.
  func count(_ verdict: ClaimResult.Verdict) -> Int {
    claims.results.count { $0.verdict == verdict }
  }

  /// The number of claims by verdict in words; empty when there are none.
  var summary: String {
    guard !claims.results.isEmpty else { return "" }
    var parts = ["\(count(.holds)) hold", "\(count(.fails)) do not"]
    if count(.unknown) > 0 { parts.append("\(count(.unknown)) cannot be evaluated") }
    if count(.notAsked) > 0 { parts.append("\(count(.notAsked)) not asked of the profile") }
    return parts.joined(separator: ", ")
  }

  /// One table for each variant, combination of swept values, and profile.
  var tables: [PageTable] {
    var titles: [String] = []
    var groups: [String: [ClaimResult]] = [:]
    for result in claims.results {
      let title = [result.subject, "profile \(result.profile)"].filter { !$0.isEmpty }
        .joined(separator: ", ")
      if groups[title] == nil { titles.append(title) }
      groups[title, default: []].append(result)
    }
    return titles.map { title in
      var table = PageTable(
        title,
        columns: [
          .init("claim"), .init("published"), .init("measured", .number),
          .init("controls"), .init("n", .number), .init("wanted"), .init("verdict"),
          .init("why"),
        ], stacks: true)
      for result in groups[title] ?? [] { table.add(row(result)) }
      return table
    }
  }

  private func row(_ result: ClaimResult) -> [PageTable.Cell] {
    [
      .init(result.claim, note: result.source == "none" ? "not of a paper" : result.source),
      .init(result.published),
      .init(Self.measured(result)),
      .init(controls(of: result), style: "lines"), .init(String(result.n)), .init(result.criterion),
      .init(Self.text(result.verdict), style: result.verdict.rawValue), .init(Self.reason(result)),
    ]
  }

  private func controls(of result: ClaimResult) -> String {
    claims.controls.filter {
      $0.result.id == result.id && $0.result.profile == result.profile
        && $0.result.subject == result.subject
    }.map { "\($0.control): \(Self.measured($0.result))" }.joined(separator: "\n")
  }

  private static func measured(_ result: ClaimResult) -> String {
    result.mean.map { MeanText.text($0, result.standardDeviation) } ?? ""
  }

  private static func reason(_ result: ClaimResult) -> String {
    let satisfied = result.satisfied.map { "\($0) of the seeds meet the criterion" }
    let asks = result.isAsked && !result.asks.isEmpty ? "asked: \(result.asks)" : nil
    return [result.reason, satisfied, asks].compactMap(\.self).joined(separator: "; ")
  }

  private static func text(_ verdict: ClaimResult.Verdict) -> String {
    switch verdict {
    case .holds: "holds"
    case .fails: "does not hold"
    case .unknown: "cannot be evaluated"
    case .notAsked: "not asked"
    }
  }
}

/// A mean with its spread.
enum MeanText {
  /// For example `0.853 ± 0.104`; the mean alone where there is no spread.
  static func text(_ mean: Double, _ deviation: Double?) -> String {
    ShortNumber.text(mean) + (deviation.map { " ± \(ShortNumber.text($0))" } ?? "")
  }
}

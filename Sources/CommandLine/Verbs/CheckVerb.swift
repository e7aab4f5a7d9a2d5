import ExperimentKit
import Runner
import Store

/// `modlab check`: compares results with the claims of the papers.
enum CheckVerb {
  static let verb = Verb(
    "check", "compare results with the claims of the papers",
    discussion: """
      The claims are those of the manifests as 'modlab run' last read them, compared with the values
      of each seed. Every planned seed counts: one that failed or diverged satisfies no criterion.
      The exit code is 1 if a claim does not hold or cannot be evaluated. Claims without a criterion
      for the profile are shown with the measured value, but without a verdict. The column
      'published' is what the papers say; where a criterion asks for more, or sets a number where
      they have words, a line below the table says so and why.
      """,
    examples: [
      Example("modlab check results/addmul-fnn", "compare one study with its claims"),
      Example(
        "modlab check --profile paper --json", "give a program what holds at the published setting"),
    ],
    operand: ManifestOptions.folderOperand,
    options: [
      Option(
        "profile", .choice(ManifestProfile.names), otherwise: "all with results",
        "profile to look at")
    ],
    action: perform)

  private typealias Finding = (study: String, result: ClaimResult)

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    let console = invocation.console
    var findings: [Finding] = []
    for folder in try ManifestOptions.studies(invocation.arguments) {
      findings += try check(folder, invocation)
    }
    for (study, result) in findings {
      try console.record(
        "modlab-claim-1",
        (result.json.objectValue ?? [:]).merging(["study": .string(study)]) { $1 })
    }
    if !findings.isEmpty { try show(findings, console) }
    let isRefuted = findings.contains { [.fails, .unknown].contains($0.result.verdict) }
    return isRefuted ? .runFailed : .success
  }

  private static func check(
    _ folder: StudyFolder, _ invocation: Invocation
  ) throws -> [Finding] {
    let reader = try StudyReader(folder, registry: invocation.registry)
    let claims = try StudyClaims(
      reader, registry: invocation.registry, profile: invocation.arguments.text("profile"))
    for path in claims.manifestsWithoutClaims {
      invocation.console.message("\(reader.study): \(path) makes no claims")
    }
    return claims.results.map { (reader.study, $0) }
  }

  /// One table for each study, variant and profile.
  private static func show(_ findings: [Finding], _ console: Console) throws {
    var groups: [(title: String, results: [ClaimResult])] = []
    for (study, result) in findings {
      let title = [study, result.subject, result.profile].filter { !$0.isEmpty }
        .joined(separator: " ")
      if let index = groups.firstIndex(where: { $0.title == title }) {
        groups[index].results.append(result)
      } else {
        groups.append((title, [result]))
      }
    }
    for group in groups {
      try console.result(
        "\(group.title)\n\(table(group.results, console))\n\(notes(group.results))")
    }
    func count(_ verdict: ClaimResult.Verdict) -> Int {
      findings.count { $0.result.verdict == verdict }
    }
    var parts = ["\(count(.holds)) hold", "\(count(.fails)) do not"]
    if count(.unknown) > 0 { parts.append("\(count(.unknown)) cannot be evaluated") }
    if count(.notAsked) > 0 { parts.append("\(count(.notAsked)) not asked of the profile") }
    try console.result("Claims: \(parts.joined(separator: ", ")).\n")
    if count(.notAsked) == findings.count {
      let profiles = Set(findings.map(\.result.profile)).sorted().joined(separator: ", ")
      try console.result(
        "No claim is asked of the profile \(profiles): networks of that size need not show the "
          + "effects.\nThe table shows what was measured; 'modlab run' with --profile quick is the "
          + "smallest that is asked.\n")
    }
  }

  /// What is asked beyond the published texts: a line for each claim that says so and is asked of
  /// the profile.
  private static func notes(_ results: [ClaimResult]) -> String {
    let lines = results.filter { $0.isAsked && !$0.asks.isEmpty }
      .map { "  \($0.id) (\($0.criterion)): \($0.asks)\n" }
    return lines.isEmpty ? "" : "Asked beyond what is published:\n\(lines.joined())\n"
  }

  private static func table(_ results: [ClaimResult], _ console: Console) -> String {
    var table = TextTable([
      ("claim", .left), ("published", .left), ("measured", .right), ("n", .right),
      ("wanted", .left), ("holds?", .left), ("", .left),
    ])
    for result in results {
      table.add([
        result.claim, result.published, measured(result), String(result.n), result.criterion,
        verdict(result), remark(result),
      ])
    }
    return table.rendered { row, column, text in
      guard column == 5 else { return text }
      let style: Style? =
        switch results[row].verdict {
        case .holds: .green
        case .fails, .unknown: .red
        case .notAsked: nil
        }
      return style?.paint(text, console.isOutputColored) ?? text
    }
  }

  /// That a profile has no criterion is said once, below the tables.
  private static func remark(_ result: ClaimResult) -> String {
    result.verdict == .notAsked && result.mean != nil ? "" : result.reason ?? ""
  }

  private static func measured(_ result: ClaimResult) -> String {
    guard let mean = result.mean else { return "" }
    return rounded(mean) + (result.standardDeviation.map { " ± \(rounded($0))" } ?? "")
  }

  private static func verdict(_ result: ClaimResult) -> String {
    switch result.verdict {
    case .holds: "yes"
    case .fails: "NO"
    case .unknown: "unknown"
    case .notAsked: "-"
    }
  }

  private static func rounded(_ value: Double) -> String { ShortNumber.text(value) }
}

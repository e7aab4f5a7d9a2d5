import ExperimentKit
import Runner
import Store

/// `modlab check`: compares results with the claims of the papers.
enum CheckVerb {
  static let verb = Verb(
    "check", "compare summaries with the claims of the papers",
    discussion: """
      The claims are those of the manifests that the results were computed from. The exit status is
      1 when a claim does not hold; claims without a criterion for the profile are only listed.
      """,
    operand: ManifestOptions.folderOperand,
    options: [
      Option(
        "profile", .choice(["smoke", "quick", "desk", "paper"]), default: "all with results",
        "profile to look at")
    ],
    action: perform)

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    let console = invocation.console
    var results: [(experiment: String, result: ClaimResult)] = []
    for folder in try ManifestOptions.experiments(invocation.arguments) {
      guard let record = try StudyRecord.read(folder) else { continue }
      let checker = ClaimChecker(folder: folder.path, experiment: record.study)
      for copy in record.manifests {
        let manifest = try Manifest(
          text: copy.text, path: copy.path, registry: invocation.registry)
        if manifest.claims.isEmpty {
          console.message("\(record.study): \(copy.path) makes no claims")
        }
        let found = try checker.check(
          manifest.claims, profiles: invocation.arguments.text("profile").map { [$0] })
        // Two manifests of one experiment, such as a copy of the first, may make the same claim.
        for result in found where !results.contains(where: { $0 == (record.study, result) }) {
          results.append((record.study, result))
        }
      }
    }
    for (experiment, result) in results {
      try console.record(
        "modlab-claim-1",
        (result.json.objectValue ?? [:]).merging(["experiment": .string(experiment)]) { $1 })
    }
    if !results.isEmpty { try show(results, console) }
    return results.contains { $0.result.holds == false } ? .runFailed : .success
  }

  /// One table per experiment, variant and profile; what the profile does not check is named below.
  private static func show(
    _ results: [(experiment: String, result: ClaimResult)], _ console: Console
  ) throws {
    var groups: [(title: String, results: [ClaimResult])] = []
    var unchecked: [ClaimResult] = []
    for (experiment, result) in results {
      guard result.mean != nil || result.holds != nil else {
        unchecked.append(result)
        continue
      }
      let title = [experiment, result.subject, result.profile].filter { !$0.isEmpty }
        .joined(separator: " ")
      if let index = groups.firstIndex(where: { $0.title == title }) {
        groups[index].results.append(result)
      } else {
        groups.append((title, [result]))
      }
    }
    for group in groups {
      try console.result("\(group.title)\n\(table(group.results, console))\n")
    }
    for (reason, claims) in Dictionary(grouping: unchecked, by: { $0.reason ?? "" })
      .sorted(by: { $0.key < $1.key })
    {
      try console.result(
        "not checked: \(claims.map(\.id).joined(separator: ", ")) (\(reason))\n")
    }
    let holding = results.filter { $0.result.holds == true }.count
    let failing = results.filter { $0.result.holds == false }.count
    try console.result(
      "\(holding) hold, \(failing) do not, \(results.count - holding - failing) not checked\n")
  }

  private static func table(_ results: [ClaimResult], _ console: Console) -> String {
    var table = TextTable([
      ("claim", .left), ("published", .left), ("measured", .right), ("n", .right),
      ("wanted", .left), ("holds?", .left), ("", .left),
    ])
    for result in results {
      table.add([
        result.claim, result.published, measured(result), String(result.n), result.criterion,
        verdict(result), result.reason ?? "",
      ])
    }
    return table.rendered { row, column, text in
      guard column == 5 else { return text }
      let style: Style? =
        switch results[row].holds {
        case true?: .green
        case false?: .red
        case nil: nil
        }
      return style?.paint(text, console.isOutputColored) ?? text
    }
  }

  private static func measured(_ result: ClaimResult) -> String {
    guard let mean = result.mean else { return "" }
    return rounded(mean) + (result.standardDeviation.map { " ± \(rounded($0))" } ?? "")
  }

  private static func verdict(_ result: ClaimResult) -> String {
    switch result.holds {
    case true?: "yes"
    case false?: "NO"
    case nil: "-"
    }
  }

  private static func rounded(_ value: Double) -> String { ShortNumber.text(value) }
}

import ExperimentKit
import Foundation
import Runner
import Store

/// The page of one study: everything that is known of it, from the one reader of results.
///
/// No number is computed here. Means come from the summary tables, verdicts from the claims as `modlab check`
/// has them, states from the inspection of the runs; figures are drawn from the same summary tables.
struct StudyPage {
  private let reader: StudyReader
  private let summarizer: Summarizer
  private let manifests: [Manifest]
  /// Why the manifests on record cannot be read by this program; nil when they can.
  private let manifestProblem: String?
  private let claims: ClaimsPart?
  private let runs: RunsPart

  /// - Throws: ``Failure`` when a file of the study is damaged.
  init(_ reader: StudyReader, registry: KindRegistry) throws {
    self.reader = reader
    summarizer = Summarizer(reader, registry: registry)
    runs = RunsPart(reader)
    do {
      manifests = try reader.manifests()
      manifestProblem = nil
    } catch let failure as Failure {
      manifests = []
      manifestProblem = failure.description
    }
    claims =
      manifests.isEmpty
      ? nil : ClaimsPart(claims: try StudyClaims(reader, registry: registry, controls: true))
  }

  /// Whether something is left to compute.
  var isUnfinished: Bool { runs.isUnfinished }

  /// A line of the index: names as in its template.
  func indexEntry(address: String) -> [String: JSONValue] {
    [
      "study": .string(reader.study), "address": .string(address), "title": .string(title),
      "question": .string(question), "runs": .string(runs.summary),
      "profiles": .string(profiles.joined(separator: ", ")),
      "claims": .string(claims?.summary ?? ""), "failed": .bool(!runs.failures.isEmpty),
      "problem": .null,
    ]
  }

  /// The page as HTML.
  ///
  /// - Parameters:
  ///   - path: Where it will stand.
  ///   - figures: Its figures; nil when none are wanted.
  ///   - index: Where the index stands, nil when there is none.
  ///   - refresh: Seconds after which a browser loads it again; nil for a page that stays as it is.
  /// - Throws: ``Failure`` when a table of a run is damaged.
  func html(
    path: String, figures: FigureDrawing.Outcome?, index: String?, refresh: Int?
  ) throws -> String {
    let link = PageLink(page: path)
    let configuration = try ConfigurationPart(reader, manifests: manifests)
    let provenance = ProvenancePart(reader)
    let differences = configuration.differences
    let tables = try summaries()
    let claimTables = claims?.tables ?? []
    let failures = runs.failures
    return try PageTemplate.study.filled(with: [
      "refresh": refresh.map { .integer($0) } ?? .null,
      "page_title": .string("\(reader.study): \(question)"),
      "index": .string(index.map(link.to) ?? ""),
      "study": .string(reader.study), "title": .string(title), "question": .string(question),
      "subject": .string(subject), "runs_summary": .string(runs.summary),
      "claims_summary": .string(claims?.summary ?? ""),
      "nothing": .bool(reader.completeRuns.isEmpty), "unfinished": .bool(isUnfinished),
      "manifest_problem": .string(manifestProblem ?? ""),
      "has_claims": .bool(!claimTables.isEmpty),
      "claims": .array(claimTables.map(\.json)),
      "has_figures": .bool(figures?.figures.isEmpty == false),
      "figures": .array((figures?.figures ?? []).map(Self.json)),
      "figure_problem": .string(figures?.problem ?? ""),
      "figures_left_out": .bool(figures == nil),
      "has_lacking": .bool(figures?.lacking.isEmpty == false),
      "lacking": .array(
        (figures?.lacking ?? []).map { ["name": .string($0.name), "reason": .string($0.reason)] }),
      "has_tables": .bool(!tables.isEmpty), "tables": .array(tables),
      "has_failures": .bool(!failures.isEmpty), "failures": .array(failures),
      "runs_table": runs.table.json,
      "has_differences": .bool(!differences.rows.isEmpty), "differences": differences.json,
      "configuration_problem": .string(configuration.problem),
      "configurations": .array(configuration.tables.map(\.json)),
      "has_environment": .bool(!provenance.environment.rows.isEmpty),
      "environment": provenance.environment.json,
      "has_data": .bool(!provenance.data.rows.isEmpty), "data": provenance.data.json,
      "commands": .array(provenance.commandLines.map { .string($0) }),
      "references": .array(ProvenancePart.references.map { .string($0) }),
      "version": .string(ModlabVersion.text), "commit": .string(commit),
      "files": .array(files(link)),
    ])
  }

  // MARK: - Words

  private var title: String { unique(manifests.map(\.title)) }

  /// What the kind of the study asks.
  private var question: String { unique(manifests.map(\.kind.summary)) }

  private var subject: String {
    let kinds = Set(reader.record.configurations.map(\.kind)).sorted().joined(separator: ", ")
    let section = unique(manifests.map(\.section))
    let parts = [
      "Kind \(kinds)", section.isEmpty ? "" : "section \(section) of the paper",
      "profile \(profiles.joined(separator: ", "))",
    ]
    return parts.filter { !$0.isEmpty }.joined(separator: "; ")
  }

  private var profiles: [String] {
    let found = Set(reader.groups.map(\.label.profile))
    return ManifestProfile.names.filter(found.contains)
  }

  /// The commit of the program that computed the runs; empty when it is not on record.
  private var commit: String { reader.record.environment["git_commit"]?.stringValue ?? "" }

  private func unique(_ texts: [String]) -> String {
    var seen: [String] = []
    for text in texts where !seen.contains(text) { seen.append(text) }
    return seen.joined(separator: " / ")
  }

  // MARK: - Parts

  private func summaries() throws -> [JSONValue] {
    try reader.tableNames.compactMap { name in
      let (table, csv) = try summarizer.summary(of: name)
      guard let csv, let part = SummaryPart(table, csv) else { return nil }
      let tables = part.tables
      return [
        "name": .string(name), "documentation": .string(Prose.plain(table.documentation)),
        "open": .bool(tables.allSatisfy { $0.rows.count <= 24 }),
        "rows": .string(ShortNumber.grouped(tables.reduce(0) { $0 + $1.rows.count })),
        "parts": .array(tables.map(\.json)),
        "meanings": .array(
          part.meanings.filter { !$0.meaning.isEmpty }.map {
            ["column": .string($0.name), "meaning": .string($0.meaning)]
          }),
      ]
    }
  }

  private static func json(_ figure: FigureDrawing.Figure) -> JSONValue {
    [
      "name": .string(figure.name), "title": .string(figure.title),
      "caption": .string(figure.caption), "alternative": .string(figure.alternative),
      "wide": .bool(figure.isWide), "drawing": .string(figure.drawing.base64EncodedString()),
    ]
  }

  /// The files of the study that a page links to: tables and provenance.
  private func files(_ link: PageLink) -> [JSONValue] {
    let folder = reader.folder.path
    let names = ((try? Folder.contents(at: folder)) ?? []).filter {
      !$0.hasPrefix(".") && ($0.hasSuffix(".csv") || $0 == "sweep.json")
    }
    return names.sorted().map { name in
      let path = "\(folder)/\(name)"
      let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int
      return [
        "name": .string(name), "address": .string(link.to(path)),
        "size": .string(size.map(ByteCount.text) ?? ""),
      ]
    }
  }
}

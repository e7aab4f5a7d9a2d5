import ExperimentKit
import Foundation
import Reports
import Runner
import Store

/// `modlab report`: pages on studies.
enum ReportVerb {
  static let verb = Verb(
    "report", "write an HTML page about a study, or one about each study of a folder",
    discussion: """
      A page is one file that needs no network and no script: the question, the claims with their
      verdicts and reasons, figures, tables with their controls, failed runs, configuration with what
      differs from the published one, environment, checksums of the data, how to cite, and links to
      the CSV files. Of a folder of results every study gets a page in its own folder, report.html,
      and the folder an index, index.html. The tables are brought up to date first, as by
      'modlab summarize'.
      Figures are drawn by Python with matplotlib; without it the page says so and has all the rest.
      """,
    examples: [
      Example("modlab report", "write results/index.html and a page for each study"),
      Example(
        "modlab report results/addmul-fnn --to addmul.html", "write the page of one study elsewhere"
      ),
      Example("modlab report --watch", "keep the pages fresh while runs are under way"),
    ],
    operand: ManifestOptions.folderOperand,
    options: [
      Option(
        "to", .text(placeholder: "FILE.html", completion: .files(["html"])),
        otherwise: "report.html in the folder of a study, index.html in a folder of studies",
        "where to write; of a folder of studies the index, with the pages in a folder of its name "
          + "beside it"),
      .flag("no-figures", "leave the figures out"),
      Option(
        "python", .text(placeholder: "PATH", completion: .files([])),
        otherwise: "the virtual environment of 'make venv', else python3",
        "the Python that draws the figures"),
      .flag("watch", "write the pages again whenever runs have got on, until all are complete"),
      Option(
        "every", .text(placeholder: "SECONDS", completion: .none), default: "30",
        "how often --watch looks"),
    ],
    action: perform)

  @Sendable static func perform(_ invocation: Invocation) throws -> ExitCode {
    let arguments = invocation.arguments
    let pause = try arguments.requiredNumber("every", atLeast: 1)
    let isWatching = arguments.flag("watch")
    let target = try arguments.text("to").map(checked)
    let folders = try ManifestOptions.studies(arguments)
    var writer = ReportWriter(
      registry: invocation.registry,
      drawing: arguments.flag("no-figures")
        ? nil : FigureDrawing(python: arguments.text("python")),
      refresh: isWatching ? max(1, Int(pause)) : nil)
    let isOneStudy = Folder.exists(StudyFolder(path: arguments.operands[0]).sweepFile)
    let index = isOneStudy ? nil : target ?? OutputFolder(arguments.operands[0]).reportIndex
    func write() throws -> [ReportWriter.Page] {
      guard let index else {
        return [try writer.write(folders[0], to: target ?? folders[0].reportFile)]
      }
      let pages = target.map { String($0.dropLast(".html".count)) }
      if let pages { try Folder.create(at: pages) }
      return try writer.write(
        ManifestOptions.studies(arguments), index: index, pages: pages)
    }
    var pages = try write()
    try show(pages, index: index, invocation.console)
    if isWatching {
      pages = try watch(pages, every: pause, console: invocation.console, write)
    }
    if let failure = pages.compactMap(\.failure).first { return failure.exitCode }
    return isWatching ? StopSignal.exitCode ?? .success : .success
  }

  /// The path of a page.
  ///
  /// - Throws: ``Failure`` (usage) when it is not that of an HTML file.
  private static func checked(_ path: String) throws -> String {
    guard path.hasSuffix(".html"), path != ".html", !path.hasSuffix("/.html") else {
      throw Failure(
        .usage, "\(Failure.quote(path: path)) cannot be the page", why: "its name must end in .html"
      )
    }
    guard !Folder.isFolder(path) else {
      throw Failure(
        .usage, "\(Failure.quote(path: path)) cannot be the page", why: "it is a folder")
    }
    return path
  }

  /// Writes again until nothing is left to compute, or the user stops it.
  private static func watch(
    _ pages: [ReportWriter.Page], every pause: Double, console: Console,
    _ write: () throws -> [ReportWriter.Page]
  ) throws -> [ReportWriter.Page] {
    StopSignal.install()
    var pages = pages
    while pages.contains(where: \.isUnfinished), StopSignal.current == nil {
      console.detail("looking again in \(DurationText.of(pause))")
      StopSignal.wait(seconds: pause)
      if StopSignal.current == nil { pages = try write() }
    }
    return pages
  }

  private static func show(
    _ pages: [ReportWriter.Page], index: String?, _ console: Console
  ) throws {
    var problems: Set<String> = []
    for page in pages {
      for warning in page.warnings { console.warning(warning) }
      if let failure = page.failure { console.report(failure) }
      if let problem = page.figures?.problem, problems.insert(problem).inserted {
        console.warning("no figures: \(problem)")
      }
      guard let path = page.path else { continue }
      try console.result("\(path)\n")
      try console.record(
        "modlab-report-1",
        [
          "study": .string(page.study), "page": .string(path),
          "figures": .array((page.figures?.figures ?? []).map { .string($0.name) }),
          "unfinished": .bool(page.isUnfinished),
        ])
    }
    guard let index else { return }
    try console.result("\(index)\n")
    try console.record("modlab-report-index-1", ["page": .string(index)])
  }
}

import ExperimentKit
import Runner
import Store

/// Writes the pages of studies, and an index over them.
public struct ReportWriter {
  /// What was written for a study.
  public struct Page {
    /// Name of the study.
    public let study: String
    /// Path of the page; nil when the study cannot be read.
    public let path: String?
    /// The figures; nil when none are wanted.
    public let figures: FigureDrawing.Outcome?
    /// Whether something is left to compute.
    public let isUnfinished: Bool
    /// What is damaged, where there is no page.
    public let failure: Failure?
    /// What the user should know.
    public let warnings: [String]
  }

  private let registry: KindRegistry
  private let drawing: FigureDrawing?
  /// Seconds after which browsers load pages of unfinished studies again; nil when they need not.
  private let refresh: Int?
  /// Figures by study, with the complete runs that they show.
  private var drawn: [String: (runs: Int, outcome: FigureDrawing.Outcome)] = [:]

  /// - Parameters:
  ///   - registry: Knows the kinds of the studies.
  ///   - drawing: Draws the figures; nil for pages without.
  ///   - refresh: Seconds after which browsers load pages of unfinished studies again.
  public init(registry: KindRegistry, drawing: FigureDrawing?, refresh: Int? = nil) {
    self.registry = registry
    self.drawing = drawing
    self.refresh = refresh
  }

  /// Writes the page of a study.
  ///
  /// - Throws: ``Failure`` when the study is damaged or the page cannot be written.
  public mutating func write(_ folder: StudyFolder, to path: String) throws -> Page {
    try write(folder, to: path, index: nil).page
  }

  /// Writes an index over studies, and the page of each into `pages`, or into its own folder without.
  ///
  /// A study that is damaged is named in the index with what is wrong; the others have their pages.
  ///
  /// - Throws: ``Failure`` when a page cannot be written.
  public mutating func write(
    _ folders: [StudyFolder], index: String, pages: String?
  ) throws -> [Page] {
    let link = PageLink(page: index)
    var written: [Page] = []
    var entries: [JSONValue] = []
    for folder in folders {
      let path = pages.map { "\($0)/\(folder.name).html" } ?? folder.reportFile
      do {
        let (page, study) = try write(folder, to: path, index: index)
        written.append(page)
        entries.append(.object(study.indexEntry(address: link.to(path))))
      } catch let failure as Failure where failure.exitCode != .inputOutput {
        written.append(
          Page(
            study: folder.name, path: nil, figures: nil, isUnfinished: false, failure: failure,
            warnings: []))
        entries.append([
          "study": .string(folder.name), "address": .null, "problem": .string(failure.description),
        ])
      }
    }
    try AtomicFile.write(
      PageTemplate.index.filled(with: [
        "page_title": "Studies of modlab",
        "refresh": written.contains(where: \.isUnfinished)
          ? refresh.map { .integer($0) } ?? .null : .null,
        "studies": .array(entries), "version": .string(ModlabVersion.text),
      ]), to: index)
    return written
  }

  private mutating func write(
    _ folder: StudyFolder, to path: String, index: String?
  ) throws -> (page: Page, study: StudyPage) {
    var warnings: [String] = []
    // Page and figures agree because both follow from the tables, which are therefore brought up to date.
    do {
      warnings = try StudyTables.rebuild(folder, registry: registry).warnings
    } catch let failure as Failure where [.inputOutput, .locked].contains(failure.exitCode) {
      warnings = ["the tables in \(folder.path) may be old: \(failure.what)"]
    }
    let reader = try StudyReader(folder, registry: registry)
    let study = try StudyPage(reader, registry: registry)
    let figures = figures(of: folder, completeRuns: reader.completeRuns.count)
    let html = try study.html(
      path: path, figures: figures, index: index, refresh: study.isUnfinished ? refresh : nil)
    try AtomicFile.write(html, to: path)
    return (
      Page(
        study: reader.study, path: path, figures: figures, isUnfinished: study.isUnfinished,
        failure: nil, warnings: warnings),
      study
    )
  }

  /// The figures of a study; those of before when no run has been completed since.
  private mutating func figures(
    of folder: StudyFolder, completeRuns: Int
  ) -> FigureDrawing.Outcome? {
    guard let drawing else { return nil }
    guard completeRuns > 0 else { return FigureDrawing.Outcome() }
    if let known = drawn[folder.path], known.runs == completeRuns { return known.outcome }
    let outcome = drawing.draw(folder)
    drawn[folder.path] = (completeRuns, outcome)
    return outcome
  }
}

extension StudyFolder {
  /// The page of the study.
  public var reportFile: String { path + "/report.html" }
}

extension OutputFolder {
  /// The index over the pages of all studies.
  public var reportIndex: String { root + "/index.html" }
}

import Foundation
import Runner
import Store

/// The figures of a study, drawn by the scripts in `plots` with matplotlib.
public struct FigureDrawing: Sendable {
  /// One figure.
  public struct Figure: Sendable {
    /// Its name, as of the scripts.
    public let name: String
    /// What it shows, in a sentence.
    let title: String
    /// Which runs it shows.
    let caption: String
    /// What is to be seen, in words and numbers.
    let alternative: String
    /// Whether it takes the whole width of the page.
    let isWide: Bool
    /// The drawing, SVG.
    let drawing: Data
  }

  /// What a study has.
  public struct Outcome: Sendable {
    /// The figures that were drawn.
    public internal(set) var figures: [Figure] = []
    /// Figures that the study has no data for, with the reason.
    public internal(set) var lacking: [(name: String, reason: String)] = []
    /// Why there is no figure at all; nil when figures could be drawn.
    public internal(set) var problem: String?
  }

  private let python: String
  private let scripts: String?
  private let environment: [String: String]

  /// Looks for the scripts and for Python.
  ///
  /// The scripts stand in `share/modlab/plots` beside the `bin` of an installed program, or in `plots` of the
  /// sources that it was built from. Unless it is named, Python is that of the virtual environment beside the
  /// scripts, which `make venv` makes, else `python3`.
  public init(
    python: String?, environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    var folder = program.deletingLastPathComponent()
    var places = [folder.deletingLastPathComponent().appendingPathComponent("share/modlab/plots")]
    for _ in 0..<5 {
      folder.deleteLastPathComponent()
      places.append(folder.appendingPathComponent("plots"))
    }
    scripts = places.map(\.path).first { Folder.exists($0 + "/report_figures.py") }
    let own = scripts.map { $0 + "/../.venv/bin/python" }
    self.python = python ?? own.flatMap { Folder.exists($0) ? $0 : nil } ?? "python3"
    self.environment = environment
  }

  /// Draws all figures of a study. A page without figures is better than none: what goes wrong is said, not
  /// thrown.
  public func draw(_ folder: StudyFolder) -> Outcome {
    do {
      return try drawn(folder)
    } catch {
      var outcome = Outcome()
      outcome.problem =
        (error as? Failure).map { failure in
          [failure.what, failure.why, failure.help].compactMap(\.self).joined(separator: "; ")
        } ?? "\(error)"
      return outcome
    }
  }

  private func drawn(_ folder: StudyFolder) throws -> Outcome {
    guard let scripts else {
      throw Failure(
        .inputOutput, "the scripts that draw figures are not installed with this program",
        help: "'make install' installs them")
    }
    let output = FileManager.default.temporaryDirectory
      .appendingPathComponent("modlab-figures-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: output) }
    let path = URL(fileURLWithPath: folder.path).standardizedFileURL.path
    let outcome = try ExternalCommand(
      name: python,
      // -B: nothing is written beside the scripts.
      arguments: ["-B", scripts + "/report_figures.py", path, output.path],
      environment: environment, timeLimit: 1800,
      need: "figures are drawn by Python with matplotlib",
      missingHelp: "install Python, or name it with --python",
      lateHelp: "leave figures out with --no-figures"
    ).run()
    guard outcome.status == 0 else {
      let said = outcome.error.split(separator: "\n").last.map {
        Failure.printable(String($0), limit: 400)
      }
      throw Failure(
        .inputOutput, "\(python) cannot draw figures", why: said,
        help: "give --python a Python with the packages of plots/requirements.txt")
    }
    return try Self.outcome(
      JSONValue.parse(outcome.output, file: "report_figures.py"), folder: output.path)
  }

  private static func outcome(_ json: JSONValue, folder: String) throws -> Outcome {
    var outcome = Outcome()
    for entry in json["figures"]?.arrayValue ?? [] {
      func text(_ name: String) -> String { entry[name]?.stringValue ?? "" }
      let bytes = try InputFile.bytes(at: "\(folder)/\(text("file"))")
      outcome.figures.append(
        Figure(
          name: text("name"), title: text("title"), caption: text("caption"),
          alternative: text("alternative"), isWide: entry["wide"]?.boolValue ?? false,
          drawing: Data(bytes)))
    }
    for entry in json["lacking"]?.arrayValue ?? [] {
      outcome.lacking.append(
        (entry["name"]?.stringValue ?? "", entry["reason"]?.stringValue ?? ""))
    }
    return outcome
  }
}

import Foundation
import Store

/// A Chromium without a window, in which tests load pages.
struct WebBrowser {
  /// What a page looks like at one width, in CSS pixels.
  struct Look {
    /// Width of the content: more than that of the window when the page must be moved sideways.
    let width: Double
    /// Height of the content.
    let height: Double
    /// Pairs of texts that lie on each other.
    let overlaps: [String]
    /// What the page has loaded from elsewhere.
    let resources: [String]
    /// Pictures that could not be shown.
    let brokenPictures: Int
    /// What was written to the console, errors included.
    let messages: [String]
  }

  private let program: String

  /// - Returns: nil where no Chromium is installed.
  init?() {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let found = path.split(separator: ":").flatMap { folder in
      ["chromium", "chromium-browser", "google-chrome"].map { "\(folder)/\($0)" }
    }.first(where: FileManager.default.isExecutableFile)
    guard let found else { return nil }
    program = found
  }

  /// Loads a page in a frame of some width, since windows of browsers have a least width.
  ///
  /// - Parameter picture: Where a picture of the page is written; nil for none.
  func look(at page: String, width: Int, height: Int = 900, picture: String? = nil) throws -> Look {
    let folder = URL(fileURLWithPath: page).deletingLastPathComponent().path
    let name = UUID().uuidString
    let (copy, frame) = ("\(folder)/.\(name).html", "\(folder)/.\(name)-frame.html")
    defer { for path in [copy, frame] { try? FileManager.default.removeItem(atPath: path) } }
    let text = String(decoding: try InputFile.bytes(at: page), as: UTF8.self)
    try AtomicFile.write(
      text.replacing("</body>", with: "<script>\(Self.observer)</script></body>"), to: copy)
    try AtomicFile.write(
      """
      <!DOCTYPE html><body style="margin:0"><pre id="look" hidden></pre>
      <script>
      addEventListener("message", e => document.getElementById("look").textContent = e.data);
      </script>
      <iframe src=".\(name).html" style="border:0;width:\(width)px;height:\(height)px"></iframe>
      """, to: frame)
    let (output, error) = try run(
      ["--window-size=\(max(width, 500)),\(height)", "--virtual-time-budget=3000", "--dump-dom"]
        + (picture.map { ["--screenshot=\($0)"] } ?? []) + ["file://\(frame)"])
    guard let start = output.range(of: "<pre id=\"look\" hidden=\"\">"),
      let end = output.range(of: "</pre>", range: start.upperBound..<output.endIndex)
    else {
      throw Modlab.Problem(description: "the page has told nothing: \(error.suffix(2000))")
    }
    let told = output[start.upperBound..<end.lowerBound].replacing("&lt;", with: "<")
      .replacing("&gt;", with: ">").replacing("&amp;", with: "&")
    let json = try JSONValue.parse(String(told), file: "page")
    func texts(_ name: String) -> [String] {
      (json[name]?.arrayValue ?? []).compactMap(\.stringValue)
    }
    return Look(
      width: json["width"]?.numberValue ?? .nan, height: json["height"]?.numberValue ?? .nan,
      overlaps: texts("overlaps"), resources: texts("resources"),
      brokenPictures: json["broken"]?.integerValue ?? -1,
      messages: error.split(separator: "\n").map(String.init).filter { $0.contains(":CONSOLE") })
  }

  private func run(_ arguments: [String]) throws -> (output: String, error: String) {
    let profile = NSTemporaryDirectory() + "modlab-browser-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: profile) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments =
      [
        "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        // Neither the page nor the browser itself finds anybody to ask.
        "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr",
        "--user-data-dir=\(profile)",
      ] + arguments
    // A browser writes much: files do not fill up as pipes do.
    let files = (output: profile + ".out", error: profile + ".err")
    defer {
      for path in [files.output, files.error] { try? FileManager.default.removeItem(atPath: path) }
    }
    for path in [files.output, files.error] {
      _ = FileManager.default.createFile(atPath: path, contents: nil)
    }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(forWritingAtPath: files.output)
    process.standardError = FileHandle(forWritingAtPath: files.error)
    try process.run()
    process.waitUntilExit()
    func text(_ path: String) throws -> String {
      String(decoding: try InputFile.bytes(at: path), as: UTF8.self)
    }
    return (try text(files.output), try text(files.error))
  }

  /// Opens everything that can be opened, and measures where texts stand.
  private static let observer = """
    addEventListener("load", () => {
      for (const part of document.querySelectorAll("details")) part.open = true;
      const texts = [];
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const hidden = new Map();
      const isHidden = element => {
        if (!element || element === document.body) return false;
        if (!hidden.has(element)) {
          const style = getComputedStyle(element);
          hidden.set(element, style.clipPath !== "none" || isHidden(element.parentElement));
        }
        return hidden.get(element);
      };
      while (walker.nextNode()) {
        const node = walker.currentNode;
        if (!node.data.trim() || ["SCRIPT", "STYLE"].includes(node.parentElement.tagName)) continue;
        if (isHidden(node.parentElement)) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const box of range.getClientRects()) {
          if (box.width > 1 && box.height > 1 && box.right > 0) texts.push({node, box});
        }
      }
      texts.sort((a, b) => a.box.top - b.box.top);
      const overlaps = [];
      for (let i = 0; i < texts.length && overlaps.length < 20; i++) {
        const a = texts[i];
        for (let j = i + 1; j < texts.length && texts[j].box.top < a.box.bottom - 3; j++) {
          const b = texts[j];
          const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
          if (a.node !== b.node && across > 2) {
            overlaps.push(a.node.data.trim().slice(0, 40) + " / " + b.node.data.trim().slice(0, 40));
          }
        }
      }
      parent.postMessage(JSON.stringify({
        width: document.documentElement.scrollWidth,
        height: document.documentElement.scrollHeight,
        overlaps: overlaps,
        broken: [...document.images].filter(i => !i.complete || !i.naturalWidth).length,
        resources: performance.getEntriesByType("resource").map(e => e.name)
          .filter(name => !name.startsWith("data:")),
      }), "*");
    });
    """
}

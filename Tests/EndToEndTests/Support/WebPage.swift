import Foundation
import FoundationXML
import Store
import Testing

/// A page as a test reads it: written so that it is well-formed XML, too.
final class WebPage: NSObject, XMLParserDelegate {
  /// An element that was found.
  struct Element {
    let name: String
    let attributes: [String: String]
  }

  let path: String
  let text: String
  private(set) var elements: [Element] = []
  /// The words of the page without those of its style.
  private(set) var words = ""
  private var open: [String] = []

  /// Reads a page; every element must be closed and every value escaped.
  init(_ path: String) throws {
    self.path = path
    text = String(decoding: try InputFile.bytes(at: path), as: UTF8.self)
    super.init()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = self
    let isRead = parser.parse()
    #expect(
      isRead, "\(path):\(parser.lineNumber): \(parser.parserError.map { "\($0)" } ?? "")")
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    open.append(name)
    elements.append(Element(name: name, attributes: attributes))
  }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    open.removeLast()
  }

  func parser(_ parser: XMLParser, foundCharacters characters: String) {
    if open.last != "style" { words += characters }
  }

  /// The elements with a name.
  func elements(_ name: String) -> [Element] { elements.filter { $0.name == name } }

  /// Checks that every link leads to something, and that nothing is fetched from elsewhere.
  func expectWholeLinks() {
    let names = Set(elements.compactMap { $0.attributes["id"] })
    #expect(names.count == elements.count { $0.attributes["id"] != nil }, "names are unique")
    for address in elements.compactMap({ $0.attributes["href"] }) where address != "data:," {
      if address.hasPrefix("#") {
        #expect(names.contains(String(address.dropFirst())), "\(path): \(address)")
      } else {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let file = "\(folder)/\(address.removingPercentEncoding ?? "")"
        #expect(FileManager.default.fileExists(atPath: file), "\(path): \(address)")
      }
    }
    for address in elements.compactMap({ $0.attributes["src"] }) {
      #expect(address.hasPrefix("data:image/svg+xml;base64,"), "\(address.prefix(40))")
    }
    for part in ["http://", "https://", "<script", "@import", "url("] {
      #expect(!text.contains(part), "\(path) has \(part)")
    }
    for label in elements.compactMap({ $0.attributes["aria-labelledby"] }) {
      #expect(names.contains(label))
    }
    for image in elements("img") { #expect((image.attributes["alt"] ?? "").count > 40) }
  }
}

import Foundation

/// Links from a page to files beside it.
struct PageLink {
  private let folder: [String]

  /// - Parameter page: The path of the page.
  init(page: String) {
    folder = Self.components(
      URL(fileURLWithPath: page).deletingLastPathComponent().path)
  }

  /// The address of a file as the page names it: relative, so that the folder can be moved, and escaped.
  func to(_ path: String) -> String {
    let target = Self.components(path)
    var common = 0
    while common < min(folder.count, target.count - 1), folder[common] == target[common] {
      common += 1
    }
    let up = Array(repeating: "..", count: folder.count - common)
    let down = target[common...].map {
      $0.addingPercentEncoding(withAllowedCharacters: Self.plain) ?? $0
    }
    return (up + down).joined(separator: "/")
  }

  /// Letters, digits and what needs no escape within a part of a path.
  private static let plain = CharacterSet(
    charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")

  private static func components(_ path: String) -> [String] {
    URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().pathComponents
  }
}

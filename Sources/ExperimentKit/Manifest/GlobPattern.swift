/// A pattern of file-name globbing: `*` for any text, `?` for one character, `[ab]`, `[!ab]` and
/// `[a-z]` for one of a set; everything else stands for itself.
public struct GlobPattern: Sendable, Hashable {
  private enum Element: Sendable, Hashable {
    case anyText
    case anyCharacter
    case literal(Character)
    case oneOf([ClosedRange<Character>], isNegated: Bool)
  }

  /// The pattern as written.
  public let text: String
  private let elements: [Element]

  /// Reads a pattern; an unclosed `[` stands for itself.
  public init(_ text: String) {
    self.text = text
    var elements: [Element] = []
    var rest = Substring(text)
    while let character = rest.popFirst() {
      switch character {
      case "*": if elements.last != .anyText { elements.append(.anyText) }
      case "?": elements.append(.anyCharacter)
      case "[":
        if let set = Self.characterSet(&rest) {
          elements.append(set)
        } else {
          elements.append(.literal("["))
        }
      default: elements.append(.literal(character))
      }
    }
    self.elements = elements
  }

  /// Whether the pattern contains anything but literal characters.
  public var isPattern: Bool {
    elements.contains { if case .literal = $0 { false } else { true } }
  }

  /// Whether the whole text fits the pattern.
  ///
  /// - Complexity: O(pattern · text).
  public func matches(_ text: String) -> Bool {
    // reached[i]: the first i elements can stand for the characters read so far.
    var reached = [Bool](repeating: false, count: elements.count + 1)
    reached[0] = true
    skipAnyText(&reached)
    for character in text {
      var next = [Bool](repeating: false, count: elements.count + 1)
      for (index, element) in elements.enumerated() where reached[index] {
        switch element {
        case .anyText: next[index] = true
        case .anyCharacter: next[index + 1] = true
        case .literal(let wanted): if wanted == character { next[index + 1] = true }
        case .oneOf(let ranges, let isNegated):
          if ranges.contains(where: { $0.contains(character) }) != isNegated {
            next[index + 1] = true
          }
        }
      }
      skipAnyText(&next)
      reached = next
    }
    return reached[elements.count]
  }

  /// `*` may stand for nothing.
  private func skipAnyText(_ reached: inout [Bool]) {
    for (index, element) in elements.enumerated() where reached[index] && element == .anyText {
      reached[index + 1] = true
    }
  }

  /// Reads what follows `[` up to its `]`; nil when that is missing, with nothing consumed.
  private static func characterSet(_ rest: inout Substring) -> Element? {
    guard let end = rest.dropFirst().firstIndex(of: "]") else { return nil }
    var inner = rest[..<end]
    let isNegated = inner.first == "!"
    if isNegated { inner = inner.dropFirst() }
    var ranges: [ClosedRange<Character>] = []
    while let first = inner.popFirst() {
      if inner.first == "-", let last = inner.dropFirst().first, first <= last {
        ranges.append(first...last)
        inner = inner.dropFirst(2)
      } else {
        ranges.append(first...first)
      }
    }
    rest = rest[rest.index(after: end)...]
    return .oneOf(ranges, isNegated: isNegated)
  }
}

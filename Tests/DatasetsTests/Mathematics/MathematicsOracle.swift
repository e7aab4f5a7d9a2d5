import Foundation
import Testing

/// Answers to generated questions, computed in another way: by reading the question, with the
/// decimal numbers of Foundation.
enum MathematicsOracle {
  /// The answer to a question of `arithmetic__add_or_sub`.
  static func result(of question: String) throws -> String {
    let number = #"(-?\d+(?:\.\d+)?)"#
    let start = "(?:Work out |Calculate |What is )?"
    let rules: [(pattern: String, answer: (Decimal, Decimal) -> Decimal)] = [
      ("\(start)\(number) ?\\+ ?\(number)[.?]?", { $0 + $1 }),
      ("(?:Add|Put together|Sum|Total of|Add together) \(number) and \(number)\\.", { $0 + $1 }),
      ("What is \(number) plus \(number)\\?", { $0 + $1 }),
      ("\(start)\(number) - \(number)[.?]?", { $0 - $1 }),
      ("What is \(number) (?:minus|take away) \(number)\\?", { $0 - $1 }),
      ("What is \(number) less than \(number)\\?", { $1 - $0 }),
      ("Subtract \(number) from \(number)\\.", { $1 - $0 }),
      (
        "What is the (?:distance|difference) between \(number) and \(number)\\?",
        { abs($0 - $1) }
      ),
    ]
    for rule in rules {
      if let match = try Regex(rule.pattern, as: (Substring, Substring, Substring).self)
        .wholeMatch(in: question)
      {
        return rule.answer(try decimal(match.1), try decimal(match.2)).description
      }
    }
    Issue.record("a wording of its own: \(question)")
    return ""
  }

  /// The answer to a question of `comparison__sort`.
  static func sorted(_ question: String) throws -> String {
    let match = try #require(
      question.wholeMatch(of: /(?:Sort|Put) (.*?)(?: in (\w+) order)?\./))
    let numbers = match.1.components(separatedBy: ", ")
    let values = try numbers.map { text in
      let parts = text.split(separator: "/")
      return (text, try decimal(parts[0]), parts.count == 2 ? try decimal(parts[1]) : 1)
    }
    let isDescending = match.2.map { $0 == "descending" || $0 == "decreasing" } ?? false
    let ascending = values.sorted { $0.1 * $1.2 < $1.1 * $0.2 }.map(\.0)
    return (isDescending ? ascending.reversed() : ascending).joined(separator: ", ")
  }

  private static func decimal(_ text: Substring) throws -> Decimal {
    try #require(Decimal(string: String(text)))
  }
}

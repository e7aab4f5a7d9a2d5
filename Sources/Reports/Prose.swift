/// Sentences of the declarations, which are written for Markdown.
enum Prose {
  /// The sentence without marks: code between quotation marks, links as their words.
  static func plain(_ text: String) -> String {
    text.replacing(#/`([^`]*)`/#) { "‘\($0.1)’" }.replacing(#/\[([^\]]*)\]\([^)]*\)/#) { $0.1 }
      .replacing("\\|", with: "|")
  }
}

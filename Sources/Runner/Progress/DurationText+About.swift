extension DurationText {
  /// An estimated duration: `about 3 min 10 s`, or `<1 s`, which is rough enough by itself.
  public static func about(_ seconds: Double) -> String {
    let text = of(seconds)
    return text.hasPrefix("<") ? text : "about \(text)"
  }
}

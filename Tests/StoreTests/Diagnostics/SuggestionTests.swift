import Store
import Testing

struct SuggestionTests {
  static let keys = ["batch", "beta", "clip", "kind", "lr", "samples", "steps", "init-logit"]

  @Test(
    "one or two slips are recognised",
    arguments: [
      ("stepz", "steps"), ("setps", "steps"), ("step", "steps"), ("stepss", "steps"),
      ("STEPS", "steps"), ("init_logit", "init-logit"), ("initlogti", "init-logit"),
      ("bata", "beta"), ("l", "lr"), ("lrr", "lr"), ("smaple", "samples"),
    ])
  func slips(typed: String, meant: String) {
    #expect(Suggestion.nearest(to: typed, among: Self.keys) == meant)
  }

  @Test(
    "nothing is suggested for something else",
    arguments: ["", "x", "zz", "temperature", "optimizer", String(repeating: "s", count: 5000)])
  func strangers(typed: String) {
    #expect(Suggestion.nearest(to: typed, among: Self.keys) == nil)
  }

  @Test("every single slip in every key leads back to the key")
  func allSingleSlips() {
    let keys = ["pretrain", "experiment", "profiles", "variants", "section", "title"]
    for key in keys {
      let letters = Array(key)
      for place in letters.indices {
        var dropped = letters
        dropped.remove(at: place)
        var replaced = letters
        replaced[place] = "#"
        var doubled = letters
        doubled.insert(letters[place], at: place)
        var swapped = letters
        if place > 0 { swapped.swapAt(place, place - 1) }
        for slip in [dropped, replaced, doubled, swapped] {
          #expect(Suggestion.nearest(to: String(slip), among: keys) == key)
        }
      }
    }
  }

  @Test("the order of the candidates does not matter")
  func order() {
    // Both are one replacement away; the shared beginning decides, then the alphabet.
    #expect(Suggestion.nearest(to: "mask", among: ["task", "mast"]) == "mast")
    #expect(Suggestion.nearest(to: "mask", among: ["mast", "task"]) == "mast")
    #expect(Suggestion.nearest(to: "bb", among: ["bc", "ba"]) == "ba")
    #expect(Suggestion.nearest(to: "bb", among: ["ba", "bc"]) == "ba")
  }

  @Test("help is a question, or nothing")
  func help() {
    #expect(Suggestion.help(for: "stepz", among: Self.keys) == "did you mean 'steps'?")
    #expect(Suggestion.help(for: "unrelated", among: Self.keys) == nil)
  }
}

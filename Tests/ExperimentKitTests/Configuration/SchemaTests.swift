import ExperimentKit
import Store
import Testing

@Suite struct SchemaTests {
  private func apply(_ text: String) throws -> ToySettings {
    var settings = ToySettings()
    try ToySettings.schema.apply(.parse(text, file: "m.yaml"), to: &settings)
    return settings
  }

  private func failure(_ text: String) -> Failure {
    do {
      _ = try apply(text)
    } catch let failure as Failure {
      return failure
    } catch {
      Issue.record("\(error)")
    }
    return Failure(.success, "\(text) was accepted")
  }

  @Test func readsEveryType() throws {
    let settings = try apply(
      """
      task: {dimension: 9, labels: [x, "1"]}
      pretrain:
        steps: 100
        lr: 1.0e-3
        noise: uniform
        decay: 0.5
        warmup: 10
        widths: [1, 2, 3]
        scales: [2, 1e-2]
        kinds: [none, normal]
        centered: true
        title: "a: b"
      """)
    var expected = ToySettings()
    expected.task.dimension = 9
    expected.task.labels = ["x", "1"]
    expected.pretrain.steps = 100
    expected.pretrain.rate = 1e-3
    expected.pretrain.noise = .uniform
    expected.pretrain.decay = 0.5
    expected.pretrain.warmup = 10
    expected.pretrain.widths = [1, 2, 3]
    expected.pretrain.scales = [2, 0.01]
    expected.pretrain.kinds = [.none, .normal]
    expected.pretrain.isCentered = true
    expected.pretrain.title = "a: b"
    #expect(settings == expected)
  }

  @Test func keysThatAreNotMentionedStay() throws {
    var settings = try apply("pretrain: {steps: 5}")
    try ToySettings.schema.apply(.parse("pretrain: {lr: 0.5}", file: "m"), to: &settings)
    #expect(settings.pretrain.steps == 5)
    #expect(settings.pretrain.rate == 0.5)
    #expect(settings.mask == ToySettings.Mask())
  }

  @Test func noneUnsetsAnOptional() throws {
    var settings = try apply("pretrain: {decay: 0.5, warmup: 3}")
    try ToySettings.schema.apply(
      .parse("pretrain: {decay: none, warmup: null}", file: "m"), to: &settings)
    #expect(settings.pretrain.decay == nil)
    #expect(settings.pretrain.warmup == nil)
  }

  @Test(arguments: [
    "None", "Null-", "NONE", "'none'", "\"null\"", "nil", ".inf", "off", "False", "no",
  ])
  func whatMeansNoneElsewhereIsExplained(_ text: String) {
    for (key, range) in [("decay", "0 … 1"), ("warmup", "1 … 100")] {
      let failure = failure("pretrain: {\(key): \(text)}")
      #expect(failure.what.hasPrefix("'pretrain.\(key)': expected a"))
      #expect(failure.why == "allowed is \(range), or none")
      #expect(failure.help == (text == "Null-" ? nil : "write none"), "\(text)")
    }
  }

  @Test func aListWithoutBracketsIsExplained() {
    for (text, list) in [
      ("64", "[64]"), ("64 64", "[64,64]"), ("(64; 64)", "[64,64]"), ("\"64,64\"", "[64,64]"),
    ] {
      let failure = failure("pretrain:\n  widths: \(text)\n")
      #expect(failure.what.hasPrefix("'pretrain.widths': expected a list"))
      #expect(failure.help == "write a list in brackets: \(list)")
    }
  }

  @Test func aCommaWithinANumberIsExplained() {
    #expect(failure("mask: {beta: 0,0001}").help?.contains("decimals with a point") == true)
    #expect(failure("mask: {steps: 20,000}").help?.contains("thousands without a comma") == true)
    #expect(failure("mask:\n  beta: 0,0001").help == "write 0.0001")
    #expect(failure("mask:\n  steps: 20,000").help == "write 20000")
    #expect(
      failure("pretrain: {widths: [1, 02]}").what.contains("the number 02 begins with a zero"))
  }

  @Test(arguments: [
    ("pretrain: {stepz: 3}", "m.yaml:1:12: unknown key 'stepz' in 'pretrain'", "'steps'"),
    ("pretrian: {steps: 3}", "m.yaml:1:1: unknown key 'pretrian'", "'pretrain'"),
    ("pretrain: {steps: many}", "m.yaml:1:19: 'pretrain.steps': expected a whole number", nil),
    ("pretrain: {steps: 1.5}", "m.yaml:1:19: 'pretrain.steps': expected a whole number", nil),
    ("pretrain: {steps: -1}", "m.yaml:1:19: 'pretrain.steps': -1 is out of range", nil),
    ("pretrain: {lr: 0}", "m.yaml:1:16: 'pretrain.lr': 0 is out of range", nil),
    ("pretrain: {lr: 1.5}", "m.yaml:1:16: 'pretrain.lr': 1.5 is out of range", nil),
    ("pretrain: {lr: fast}", "m.yaml:1:16: 'pretrain.lr': expected a number", nil),
    ("pretrain: {noise: norml}", "m.yaml:1:19: 'pretrain.noise': unknown choice", "'normal'"),
    ("pretrain: {decay: 2}", "m.yaml:1:19: 'pretrain.decay': 2 is out of range", nil),
    ("pretrain: {widths: []}", "m.yaml:1:20: 'pretrain.widths': the list is empty", nil),
    ("pretrain: {widths: [1, 2, 3, 4]}", "'pretrain.widths': the list has 4 elements", nil),
    ("pretrain: {widths: [1, 99]}", "'pretrain.widths': 99 is out of range", nil),
    ("pretrain: {widths: 3}", "m.yaml:1:20: 'pretrain.widths': expected a list", nil),
    ("pretrain: {widths: [1, x]}", "m.yaml:1:24: 'pretrain.widths': expected a whole", nil),
    (
      "pretrain: {kinds: [normal, unifrom]}", "m.yaml:1:28: 'pretrain.kinds': unknown choice",
      "'uniform'"
    ),
    ("pretrain: {centered: yes}", "m.yaml:1:22: 'pretrain.centered': expected true", "true"),
    ("pretrain: {title: 3}", "m.yaml:1:19: 'pretrain.title': expected a text", "quotes"),
    ("pretrain: 3", "m.yaml:1:11: 'pretrain': expected a mapping", nil),
    ("pretrain: {steps: 3, steps: 4}", "steps", nil),
  ])
  func refuses(_ text: String, _ what: String, _ help: String?) {
    let failure = failure(text)
    #expect(failure.exitCode == .manifestInvalid)
    #expect(failure.description.contains(what), "\(failure)")
    if let help { #expect(failure.help?.contains(help) == true, "\(failure)") }
  }

  @Test func tellsWhatIsAllowed() {
    #expect(failure("pretrain: {lr: 7}").why == "allowed is > 0, ≤ 1")
    #expect(failure("pretrain: {warmup: 0}").why == "allowed is 1 … 100, or none")
    #expect(failure("mask: {bta: 7}").why == "allowed are beta, steps")
    #expect(failure("pretrain: {noise: x}").why == "allowed is none, normal, uniform")
  }

  // MARK: - Overrides

  private func override(_ path: String, _ value: String) throws -> ToySettings {
    var settings = ToySettings()
    try ToySettings.schema.apply(
      overridePath: path.split(separator: ".", omittingEmptySubsequences: false).map(String.init),
      value: .parse(value, file: "--set"), to: &settings)
    return settings
  }

  @Test func overridesByPath() throws {
    #expect(try override("mask.beta", "1e-3").mask.beta == 1e-3)
    #expect(try override("mask", "{beta: 0.5}").mask.beta == 0.5)
  }

  @Test(arguments: [
    ("mask.betta", "unknown key 'betta' in 'mask'"), ("msk.beta", "unknown key 'msk'"),
    ("mask.beta.x", "'mask.beta' has no parts"), ("", "unknown key ''"),
    ("mask.", "unknown key '' in 'mask'"), (".mask", "unknown key ''"),
  ])
  func refusesPaths(_ path: String, _ what: String) {
    #expect { try override(path, "1") } throws: { error in
      (error as? Failure)?.what == what
    }
  }

  // MARK: - Resolved configurations

  @Test func survivesJSON() throws {
    let settings = try apply("pretrain: {decay: 0.25, widths: [3], lr: 1}\ntask: {labels: [q]}")
    let json = ToySettings.schema.encode(settings)
    #expect(try ToySettings.schema.decode(json) == settings)
    let text = try JSONValue.parse(json.serialized(), file: "config.json")
    #expect(try ToySettings.schema.decode(text) == settings)
    // A number stays a number, whatever its value.
    #expect(json["pretrain"]?["lr"] == .number(1))
    #expect(json["pretrain"]?["warmup"] == .null)
  }

  @Test func decodesNothingButCompleteConfigurations() throws {
    let json = ToySettings.schema.encode(ToySettings())
    var members = try #require(json.objectValue)
    members["mask"] = nil
    #expect(throws: Failure.self) { try ToySettings.schema.decode(.object(members)) }
    members["mask"] = ["steps": 1, "beta": 2.0]
    #expect(throws: Failure.self) { try ToySettings.schema.decode(.object(members)) }
    members["mask"] = ["steps": "1", "beta": 0.5]
    #expect(throws: Failure.self) { try ToySettings.schema.decode(.object(members)) }
    members["mask"] = ["steps": 1, "beta": 0.5, "gamma": 1]
    #expect(throws: Failure.self) { try ToySettings.schema.decode(.object(members)) }
    members["mask"] = ["steps": 1, "beta": 0.5]
    #expect(throws: Never.self) { try ToySettings.schema.decode(.object(members)) }
    #expect(throws: Failure.self) { try ToySettings.schema.decode([1]) }
  }

  // MARK: - Documentation

  @Test func documentsEveryKey() throws {
    let sections = ToySettings.schema.documentation()
    #expect(sections.map(\.key) == ["task", "pretrain", "mask"])
    let training = try #require(sections[1].children)
    let lines = training.map { "\($0.key)|\($0.type)|\($0.range)|\($0.unit)|\($0.defaultValue)" }
    #expect(
      lines == [
        "steps|integer|0 … 100000|steps|12", "lr|number|> 0, ≤ 1||0.1",
        "noise|choice|none, normal, uniform||normal", "decay|number or none|0 … 1||none",
        "warmup|integer or none|1 … 100|steps|none",
        "widths|list of integers|1 to 3 elements, each 1 … 10||[4, 2]",
        "scales|list of numbers|each > 0||[1, 0.5]",
        "kinds|list of choices|each none, normal, uniform||[normal]",
        "centered|true or false|||false", "title|text|||plain",
      ])
    #expect(training[0].paper == "20,000")
    #expect(training[2].paper == nil)
  }

  // MARK: Keys that come later, and keys of others

  /// A section with a key that came later.
  struct Part: Settings {
    var size = 3
    var rate = 0.5
    static let schema = Schema<Part>([
      .integer("size", \.size, in: 1...9, "size"),
      .number("rate", \.rate, "rate").omittedByDefault(),
    ])
  }

  private struct Whole: Settings {
    var part = Part()
    var name = "a"
    static let schema = Schema<Whole>(Field.all(of: \.part) + [.text("name", \.name, "name")])
  }

  @Test func aKeyThatIsOmittedByDefaultEntersTheConfigurationOnlyWhenItIsSet() throws {
    var part = Part()
    #expect(Part.schema.encode(part) == ["size": 3])
    #expect(try Part.schema.decode(["size": 3]) == part)
    #expect(throws: Failure.self) { try Part.schema.decode(["rate": 0.25]) }
    part.rate = 0.25
    #expect(Part.schema.encode(part) == ["size": 3, "rate": 0.25])
    #expect(try Part.schema.decode(["size": 3, "rate": 0.25]) == part)
    #expect(Part.schema.documentation().map(\.defaultValue) == ["3", "0.5"])
  }

  @Test func keysOfAnotherGroupStandAmongOnesOwn() throws {
    var whole = Whole()
    try Whole.schema.apply(.parse("{size: 5, name: b}", file: "m"), to: &whole)
    #expect(whole.part.size == 5 && whole.name == "b")
    #expect(Whole.schema.encode(whole) == ["size": 5, "name": "b"])
    whole.part.rate = 2
    #expect(try Whole.schema.decode(Whole.schema.encode(whole)) == whole)
    #expect(throws: Failure.self) {
      try Whole.schema.apply(.parse("{size: 12}", file: "m"), to: &whole)
    }
    #expect(Whole.schema.documentation().map(\.key) == ["size", "rate", "name"])
  }
}

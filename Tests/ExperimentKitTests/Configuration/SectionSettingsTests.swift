import ExperimentKit
import Store
import Testing

/// Sections with a value that stands for their absence, and with a key that stands for them.
@Suite struct SectionSettingsTests {
  private typealias Part = SchemaTests.Part

  private struct Later: Settings {
    var part = Part()
    var name = "new"
    static let schema = Schema<Later>([
      .section("part", \.part, shorthand: "size", "part").omitted(
        \.part, as: Part(size: 1, rate: 0.5)
      ) { $0.size == 1 },
      .text("name", \.name, "name"),
    ])
  }

  private struct Outer: Settings {
    var later = Later()
    static let schema = Schema<Outer>(Field.all(of: \.later))
  }

  /// What stands for the absence of a group is not its default.
  @Test func aGroupMayHaveAValueThatStandsForItsAbsence() throws {
    let new = Later()
    #expect(Later.schema.encode(new) == ["part": ["size": 3], "name": "new"])
    #expect(try Later.schema.decode(Later.schema.encode(new)) == new)
    let old = try Later.schema.decode(["name": "old"])
    #expect(old.part == Part(size: 1, rate: 0.5))
    #expect(Later.schema.encode(old) == ["name": "old"])
    #expect(Later.schema.encode(old, isComplete: true)["part"] == ["size": 1, "rate": 0.5])
    // Also among the keys of another group.
    let outer = try Outer.schema.decode(["name": "old"])
    #expect(outer.later == old)
    #expect(Outer.schema.encode(outer) == ["name": "old"])
  }

  @Test func oneValueMayStandForAGroup() throws {
    var later = Later()
    try Later.schema.apply(.parse("{part: 5}", file: "m"), to: &later)
    #expect(later.part == Part(size: 5, rate: 0.5))
    try Later.schema.apply(.parse("{part: {rate: 2}}", file: "m"), to: &later)
    #expect(later.part == Part(size: 5, rate: 2))
    let failure = #expect(throws: Failure.self) {
      try Later.schema.apply(.parse("{part: 12}", file: "m"), to: &later)
    }
    #expect(failure?.what.contains("part.size") == true)
    #expect(failure?.location?.column == 8)
    #expect(
      Later.schema.documentation()[0].type == "section, or its `size` alone")
    #expect(Outer.schema.documentation()[0].type == "section, or its `size` alone")
  }
}

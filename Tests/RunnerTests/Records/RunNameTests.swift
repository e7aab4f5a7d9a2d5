import Testing

@testable import Runner

@Suite struct RunNameTests {
  @Test func foldersHaveTheNamesOfTheContract() {
    let name = RunName(study: "walk", variant: "slow-2", hash: "0123456789", seed: 3)
    #expect(name.description == "walk/slow-2-0123456789/seed-03")
    let folder = OutputFolder("OUT").study("walk").run(name)
    #expect(folder.path == "OUT/walk/runs/slow-2-0123456789/seed-03")
    #expect(RunName(study: "w", variant: "v", hash: "h", seed: 123).seedName == "seed-123")
  }

  @Test func namesOfFoldersAreReadBack() throws {
    let parsed = try #require(RunName.parse(configurationName: "slow-2-0123456789"))
    #expect(parsed.variant == "slow-2")
    #expect(parsed.hash == "0123456789")
    #expect(RunName.parse(seedName: "seed-03") == 3)
    #expect(RunName.parse(seedName: "seed-120") == 120)
  }

  @Test(arguments: ["main", "-0123456789", "main-012345678", "main-012345678G", "main-012345678A"])
  func otherFoldersAreNoConfigurations(name: String) {
    #expect(RunName.parse(configurationName: name) == nil)
  }

  @Test(arguments: ["seed-", "seed-1", "seed-0x", "seed-+1", "sead-01", ".seed-01"])
  func otherFoldersAreNoSeeds(name: String) {
    #expect(RunName.parse(seedName: name) == nil)
  }
}

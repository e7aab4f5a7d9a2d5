import Foundation
import Store
import Testing

extension EndToEndTests {
  /// `modlab tune` on a network that is built, so that only masks are trained.
  @Suite struct TuneTests {
    private static let manifest = """
      schema: 1
      experiment: planted-modules
      task: {operands: 3, moduli: [3, 4]}
      model: {spare: 2}
      mask: {steps: 120, lr: 5.0e-2, beta: 1.0e-2, init-logit: 5.0}
      log-every: 5
      seeds: 1
      claims:
        - id: found
          claim: Masks find what is needed
          asks: a number
          source: none
          measure: min(planted_truth.auroc[stage=first|second, layer=all])
          holds: {quick: {at-least: 0.8}}

      """

    @Test func aSearchIsMadeOnceAndGivesTheLineForTheManifest() throws {
      try Modlab.inTemporaryFolder { modlab in
        try AtomicFile.write(Self.manifest, to: "\(modlab.folder)/m.yaml")
        let arguments = ["tune", "m.yaml", "--out", "out", "--keep-steps"]
        let first = try modlab.run(arguments)
        #expect(first.code == 0, "\(first.error)")
        #expect(first.output.contains("mask: {beta: "))
        let path = "\(modlab.folder)/out/m-tune/tune.csv"
        let table = try CSVTable.parse(String(contentsOfFile: path, encoding: .utf8), file: path)
        let (purpose, steps) = (try #require(table.column("purpose")), 5)
        let rows = (0..<table.rows.count).map { table.rows[$0] }
        #expect(rows.filter { $0[purpose] == "bisection" }.count == 3)
        let validity = rows.filter { $0[purpose] == "validity" }
        #expect(validity.map { $0[steps] } == ["120", "120", "120", "60"])
        #expect(rows.filter { $0[purpose] == "bracket" }.count >= 2)
        // The same command has nothing left to compute, and writes the same.
        let again = try modlab.run(arguments + ["--json"])
        #expect(again.code == 0 && again.error.contains("0 runs to compute"))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == table.serialized())
        let last = try #require(again.records.last)
        #expect(last["schema"] == "modlab-tune-1")
        #expect(first.output.contains(CSVNumber.format(last["beta"]?.numberValue ?? 0)))
        // The study itself has no results.
        #expect(!Folder.exists("\(modlab.folder)/out/m"))
      }
    }

    @Test func whatCannotBeSearchedIsRefused() throws {
      try Modlab.inTemporaryFolder { modlab in
        try AtomicFile.write(Self.manifest, to: "\(modlab.folder)/m.yaml")
        let set = try modlab.run("tune", "m.yaml", "--set", "mask.beta=1")
        #expect(set.code == 2 && set.error.contains("begins with --start"))
        let drop = try modlab.run("tune", "m.yaml", "--drop", "2")
        #expect(drop.code == 2 && drop.error.contains("--drop is above 1"))
        try AtomicFile.write(
          "schema: 1\nexperiment: permuted-mnist\n", to: "\(modlab.folder)/p.yaml")
        let kind = try modlab.run("tune", "p.yaml")
        #expect(kind.code == 3 && kind.error.contains("trains weights and masks together"))
        #expect(kind.error.contains("mask.beta=0.00032,0.00128,0.00512"))
        try AtomicFile.write(
          "schema: 1\nexperiment: scan-baseline\n", to: "\(modlab.folder)/b.yaml")
        let unmasked = try modlab.run("tune", "b.yaml")
        #expect(unmasked.code == 3 && unmasked.error.contains("no β to search for"))
        #expect(!Folder.exists("\(modlab.folder)/results"))
      }
    }
  }
}

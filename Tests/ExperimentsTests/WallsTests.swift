import ExperimentKit
import Experiments
import Foundation
import Store
import Testing

/// The runner and the kit know no table, artefact or stage of any experiment.
@Suite struct WallsTests {
  private let registry = AllKinds.registry

  private func sources(_ module: String) throws -> [(name: String, code: String)] {
    let folder = Repository.root.appendingPathComponent("Sources/\(module)")
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".swift") }
    return try names.map { name in
      let text = try String(
        contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
      let code = text.split(separator: "\n").filter {
        !$0.drop(while: { $0 == " " }).hasPrefix("//")
      }
      return ("\(module)/\(name)", code.joined(separator: "\n"))
    }
  }

  @Test(arguments: ["ExperimentKit", "Runner"])
  func sciencesNamesStayOutside(module: String) throws {
    let words =
      registry.tables.map { "\"\($0.name)\"" } + registry.tables.map { "\($0.name).csv" }
      + registry.artefacts.map(\.name) + registry.kinds.map { "\"\($0.name)\"" }
      + ["masks-", "evaluate-", "\"pretrained\"", "\"full\""]
    let files = try sources(module)
    #expect(files.count > 20)
    for file in files {
      for word in words { #expect(!file.code.contains(word), "\(file.name) names \(word)") }
    }
  }
}

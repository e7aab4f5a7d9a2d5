import ExperimentKit
import Store

/// Counts the rows of a table of other studies.
struct CountExperiment: Kind {
  typealias Configuration = CountSettings

  let name = "count"
  let section = "0"
  let summary = "how many rows are there?"
  let version = 1
  let tables: [Table] = [.accuracy]

  func prepare(_ c: CountSettings) throws -> any PreparedRun {
    PreparedCount(studiesRead: c.studies)
  }
}

struct CountSettings: Settings {
  var studies: [String] = []

  static let schema = Schema<CountSettings>([
    .texts("studies", \.studies, count: 1...4, "studies whose rows are counted")
  ])
}

private struct PreparedCount: PreparedRun {
  let studiesRead: [String]
  let steps = [RunStep("count", .evaluation, count: 1, operations: 1)]

  func describe() throws -> Architecture {
    Architecture(
      rows: [], pretrainingOperationsPerStep: 1, maskOperationsPerStep: 0, inputShape: [],
      outputShape: [])
  }

  func run(_ context: RunContext) throws {
    let rows = try studiesRead.flatMap { try context.rows(of: .accuracy, study: $0) }
    try context.evaluate("count") {
      context.record(.accuracy, ["full", "none", "iid"], "accuracy", Double(rows.count))
    }
  }
}

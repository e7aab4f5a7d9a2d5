import Datasets
import ExperimentKit
import Foundation
import Runner
import Store

/// The options of the verbs that expand manifests, and what they mean.
package enum ManifestOptions {
  /// The operand of a verb that takes one manifest.
  package static let oneOperand = Operand(
    "MANIFEST", .exactly(1), completion: .files(["yaml", "yml"]),
    "description of a study (YAML)")
  static let operand = Operand(
    "MANIFEST", .many, completion: .files(["yaml", "yml"]),
    "descriptions of studies (YAML)")

  package static let profile = Option(
    "profile", .choice(ManifestProfile.names), default: ManifestProfile.standard,
    "size of the experiment: seconds, minutes, a night, or as published")
  package static let seeds = Option(
    "seeds", .text(placeholder: "SEEDS", completion: .none), otherwise: "those of the manifest",
    "a number of seeds (10), a range (0..9), a list (0,4,7) or one seed (42,)")
  package static let set = Option(
    "set", .text(placeholder: "KEY=VALUE", completion: .none), isRepeatable: true,
    "override a setting; several values (mask.beta=1e-4,3e-4) make an axis; "
      + "write lists in brackets (model.hidden=[64,64])")
  package static let only = Option(
    "only", .text(placeholder: "GLOB", completion: .none), otherwise: "all variants",
    "variants to include, by name or name-hash")
  package static let output = Option(
    "out", .text(placeholder: "DIR", completion: .folders), default: resultsFolder,
    "folder of results")
  package static let data = Option(
    "data", .text(placeholder: "DIR", completion: .folders), otherwise: "$MODLAB_DATA, else data",
    "folder of data sets")
  package static let workers = Option(
    "workers", short: "j", .text(placeholder: "N", completion: .none), otherwise: "number of cores",
    "number of parallel runs, each in its own process; if there are fewer runs, they use threads")
  package static let retry = Option(
    "retry", .choices(["failed", "diverged"]), otherwise: "neither",
    "retry runs in these states")

  package static let heartbeat = Option(
    "heartbeat", .text(placeholder: "SECONDS", completion: .none), default: "60",
    "heartbeat interval when not on a terminal")
  static let shard = Option(
    "shard", .text(placeholder: "I/N", completion: .none), otherwise: "all runs",
    "only the I-th of N parts of the runs, for several machines")

  /// The operand of the verbs that look at results.
  static let folderOperand = Operand(
    "DIR", .optional, completion: .folders, default: resultsFolder,
    "folder of results, or of one study in it")

  /// The folder of results where none is named.
  private static let resultsFolder = "results"

  /// The request that the options make.
  package static func request(_ invocation: Invocation) throws -> PlanRequest {
    let arguments = invocation.arguments
    let retry = try arguments.words("retry").map { word in
      guard let state = RunStatus.State(rawValue: word) else {
        throw Failure(.internalError, "the state '\(word)' is not known")
      }
      return state
    }
    return PlanRequest(
      manifests: try arguments.operands.map {
        try Manifest.load($0, registry: invocation.registry)
      },
      profile: arguments.required("profile"),
      seeds: try arguments.text("seeds").map(SeedList.parse),
      sets: try arguments.texts("set").map(SettingOverride.parse),
      only: arguments.text("only").map(GlobPattern.init),
      output: OutputFolder(arguments.text("out") ?? resultsFolder), retry: Set(retry),
      workers: try arguments.integer("workers", in: 1...4096) ?? cores,
      shard: try arguments.text("shard").map(Shard.init(parsing:)))
  }

  /// The folder of data sets.
  package static func dataFolder(_ arguments: Arguments) -> DataFolder {
    arguments.text("data").map { DataFolder($0) } ?? .standard
  }

  /// The studies in the folder that an operand names.
  static func studies(_ arguments: Arguments) throws -> [StudyFolder] {
    try OutputFolder(arguments.operands[0]).studies()
  }

  private static var cores: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }
}

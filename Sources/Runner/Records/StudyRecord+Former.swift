import ExperimentKit
import Store

extension StudyRecord {
  /// The format before studies had names of their own: one folder for each kind, configurations
  /// listed once for each label.
  static let formerSchema = "modlab-sweep-1"

  /// Reads the configurations of a record in the former format.
  ///
  /// - Parameter kind: the kind, which was also the name of the folder.
  static func former(
    _ values: [JSONValue], kind: String, file: String
  ) throws -> [Configuration] {
    var configurations: [Configuration] = []
    var positions: [String: Int] = [:]
    for value in values {
      let reader = MemberReader(value, file: file)
      let configuration = Configuration(
        variant: try reader.text("variant"), kind: kind, version: try reader.integer("version"),
        hash: try reader.text("hash"), totalSteps: try reader.integer("total_steps"),
        text: try reader.value("configuration").serialized(),
        labels: [try Label(json: value, file: file)])
      try configuration.checkName(reader)
      if let position = positions[configuration.folderName] {
        configurations[position].labels += configuration.labels
      } else {
        positions[configuration.folderName] = configurations.count
        configurations.append(configuration)
      }
    }
    return configurations.sorted { ($0.variant, $0.hash) < ($1.variant, $1.hash) }
  }
}

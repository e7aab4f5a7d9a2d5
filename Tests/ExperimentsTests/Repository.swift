import Foundation

/// The files of the repository that tests look at.
enum Repository {
  /// The root folder.
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// All manifests below `experiments/`, as absolute paths.
  static var manifests: [String] {
    let folder = root.appendingPathComponent("experiments")
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return (files?.compactMap { $0 as? URL } ?? [])
      .filter { $0.pathExtension == "yaml" }.map(\.path).sorted()
  }

  /// The manifest of an experiment, with masks or with clusters.
  static func manifest(_ name: String) -> String {
    let paths = ["masks", "clusters"].map {
      root.appendingPathComponent("experiments/\($0)/\(name).yaml").path
    }
    return paths.first(where: FileManager.default.fileExists) ?? paths[0]
  }
}

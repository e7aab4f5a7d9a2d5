import Store

/// The rule for names of studies, which are names of folders and cells of tables.
public enum StudyName {
  /// Folders that lie beside those of studies.
  private static let reserved = ["cache", "slurm", "figures"]

  /// Letters, digits, dots, dashes and underscores, beginning with a letter or digit; at most 64.
  public static func isValid(_ text: String) -> Bool {
    guard (1...64).contains(text.utf8.count), !reserved.contains(text),
      let first = text.unicodeScalars.first, isPlain(first)
    else { return false }
    return text.unicodeScalars.allSatisfy { isPlain($0) || "._-".unicodeScalars.contains($0) }
  }

  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
  }

  /// The name of the study of a manifest: what its key says, else the name of its file.
  ///
  /// - Throws: ``Failure`` (manifest invalid) with what to write.
  static func of(_ node: YAMLNode?, path: String, root: YAMLNode) throws -> String {
    let rule =
      "names of studies are made of at most 64 letters, digits, '.', '-' and '_', begin "
      + "with a letter or digit, and are none of \(reserved.joined(separator: ", "))"
    if let node {
      let name = try node.string()
      guard isValid(name) else {
        throw Failure(
          .manifestInvalid, "\(Failure.quote(name)) cannot be the name of a study",
          location: node.location, why: rule)
      }
      return name
    }
    let file = path.split(separator: "/").last.map(String.init) ?? path
    let stem = [".yaml", ".yml"].first(where: file.hasSuffix).map {
      String(file.dropLast($0.count))
    }
    let name = stem ?? file
    guard isValid(name) else {
      throw Failure(
        .manifestInvalid,
        "\(Failure.quote(name)), the name of the file, cannot be the name of a study",
        location: root.location, why: rule, help: "add a line such as study: my-study")
    }
    return name
  }
}

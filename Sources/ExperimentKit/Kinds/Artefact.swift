/// A file of tensors, or a text, that a run leaves besides its tables, declared by its kind.
public struct Artefact: Sendable, Hashable {
  /// Name of the file within the run's folder: `weights.safetensors`.
  public let name: String
  /// The value of `format` in the metadata of a file of tensors, `modlab-weights-1`; the language of a
  /// text.
  public let format: String
  /// One line: what is in it.
  public let documentation: String

  /// Declares an artefact.
  ///
  /// - Precondition: the name ends in `.safetensors`, or in `.dot` for a text, and is not that of the
  ///   run's checkpoint.
  public init(_ name: String, format: String, _ documentation: String) {
    precondition(
      [".safetensors", ".dot"].contains { name.hasSuffix($0) } && !name.contains("/")
        && !name.hasPrefix(".")
        && name != RunCheckpoint.fileName, "'\(name)' cannot be the name of an artefact")
    self.name = name
    self.format = format
    self.documentation = documentation
  }
}

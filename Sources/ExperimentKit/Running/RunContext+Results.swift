import Store
import Tensors

extension RunContext {
  /// Stores an artefact in the folder of the run.
  ///
  /// The file carries its format, kind, configuration hash and seed. A run without a folder stores
  /// nothing.
  ///
  /// - Parameters:
  ///   - artefact: One that the kind declares.
  ///   - tensors: Its content.
  ///   - metadata: Further metadata; they win over the standard ones.
  /// - Throws: ``Failure`` (input/output).
  public func save(
    _ artefact: Artefact, _ tensors: [String: StoredTensor], metadata: [String: String] = [:]
  ) throws {
    checkDeclared(artefact)
    guard let folder else { return }
    try Checkpoint.write(
      tensors, metadata: header.metadata(format: artefact.format).merging(metadata) { $1 },
      to: "\(folder)/\(artefact.name)", keepPrevious: false, operations: options.operations)
    savedArtefacts.insert(artefact.name)
  }

  /// Stores an artefact that is a text, UTF-8, in the folder of the run.
  ///
  /// - Throws: ``Failure`` (input/output).
  public func save(_ artefact: Artefact, text: String) throws {
    checkDeclared(artefact)
    guard let folder else { return }
    try AtomicFile.write(text, to: "\(folder)/\(artefact.name)", operations: options.operations)
    savedArtefacts.insert(artefact.name)
  }

  private func checkDeclared(_ artefact: Artefact) {
    precondition(
      kind?.artefacts.contains(artefact) ?? true,
      "the kind '\(kind?.name ?? "")' does not declare the artefact '\(artefact.name)'")
  }
}

/// A prepared run that may take its network from a file of others.
public protocol NetworkSupplier: Sendable {
  /// The network with the numbers of its file; nil when it is trained here, or built in.
  ///
  /// - Throws: ``Failure``: data missing or corrupt, when the file does not hold it.
  func suppliedNetwork() throws -> ImportedNetwork?
}

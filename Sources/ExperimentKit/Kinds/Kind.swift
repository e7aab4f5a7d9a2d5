import Store

/// A kind of experiment, of a paper or of a user: the meeting point of science and runner.
///
/// A kind knows no seeds, folders, threads or command lines. It makes a resolved configuration ready
/// once, as a ``PreparedRun``, which gets a ``RunContext``, trains and measures, and records rows of
/// the tables that the kind declares.
public protocol Kind: Sendable {
  /// Everything a manifest can say about the experiment.
  associatedtype Configuration: Settings

  /// The registered name, lower-case with dashes: `addmul-fnn`.
  var name: String { get }
  /// Names under which earlier versions of the program have recorded runs of this kind.
  var formerNames: [String] { get }
  /// Section of the workshop paper, for example `3.1`; empty when only the later paper has it.
  var section: String { get }
  /// One line: what the experiment asks.
  var summary: String { get }
  /// Raised whenever the same configuration would give other results; part of the hash.
  var version: Int { get }
  /// The tables that runs may record rows of.
  var tables: [Table] { get }
  /// The files that runs may leave besides their tables.
  var artefacts: [Artefact] { get }

  /// Checks the rules that concern several settings at once, and makes a configuration ready.
  ///
  /// - Throws: ``Failure``, which may lack a place: the manifest's is added.
  func prepare(_ configuration: Configuration) throws -> any PreparedRun
}

extension Kind {
  /// None.
  public var formerNames: [String] { [] }

  /// None.
  public var artefacts: [Artefact] { [] }

  /// Documentation of all settings.
  public var settings: [SettingDocumentation] { Configuration.schema.documentation() }

  /// Decodes a resolved configuration and makes it ready.
  ///
  /// - Throws: ``Failure``: (corrupt) when it is none of this kind; what
  ///   ``prepare(_:)`` throws.
  public func prepare(json: JSONValue) throws -> any PreparedRun {
    try prepare(Configuration.schema.decode(json))
  }
}

/// The names that the claims of a manifest may use.
struct ClaimVocabulary {
  /// The tables of all kinds: a claim may compare with those of another study.
  var tables: [Table]
  /// Variants of the manifest.
  var variants: [String] = []
  /// Its swept settings; those without a dot may be used as keys only when they are among these.
  var axisKeys: [String] = []

  /// The table with a name.
  func table(_ name: String) -> Table? { tables.first { $0.name == name } }
}

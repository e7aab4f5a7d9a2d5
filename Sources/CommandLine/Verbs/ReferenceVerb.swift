import ExperimentKit
import Store

/// `modlab reference`: prints one of the generated documents; for `make docs`.
enum ReferenceVerb {
  static let verb = Verb(
    "reference", "print the reference of manifests, or of tables",
    options: [
      .flag("csv", "print docs/csv-reference.md, not docs/manifest-reference.md")
    ], isHidden: true
  ) { invocation in
    let document =
      invocation.arguments.flag("csv")
      ? CSVReference.markdown(invocation.registry)
      : ManifestReference.markdown(invocation.registry)
    try invocation.console.result(document)
    return .success
  }
}

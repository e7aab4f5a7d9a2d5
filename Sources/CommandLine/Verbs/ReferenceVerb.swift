import ExperimentKit
import Store

/// `modlab reference`: prints docs/manifest-reference.md; for `make docs`.
enum ReferenceVerb {
  static let verb = Verb(
    "reference", "print the manifest reference", isHidden: true
  ) { invocation in
    try invocation.console.result(ManifestReference.markdown(invocation.registry))
    return .success
  }
}

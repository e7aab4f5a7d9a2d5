import ExperimentKit
import Runner
import Store

/// `modlab reference`: prints documents that are generated; for `make docs` and `make install`.
enum ReferenceVerb {
  static let verb = Verb(
    "reference", "print the reference of manifests, that of tables, or the manual page",
    options: [
      .flag("csv", "docs/csv-reference.md, not docs/manifest-reference.md"),
      .flag("man", "the manual page, for man(1)"),
    ], isHidden: true
  ) { invocation in
    let document =
      if invocation.arguments.flag("man") {
        manual(invocation.grammar).text
      } else if invocation.arguments.flag("csv") {
        CSVReference.markdown(invocation.registry)
      } else {
        ManifestReference.markdown(invocation.registry)
      }
    try invocation.console.result(document)
    return .success
  }

  private static func manual(_ grammar: Grammar) -> ManualPage {
    ManualPage(
      grammar, version: ModlabVersion.text,
      description: [
        "modlab trains a network, freezes it, and learns a binary mask over every weight for each "
          + "part of its task. Which weights the masks keep and share shows how modular the network "
          + "is.",
        "Experiments are described by manifests. 'modlab plan' shows what a manifest asks for, "
          + "'modlab run' computes it: one run for every configuration and seed. Runs can be "
          + "interrupted at any time; the same command resumes them. Results are CSV files.",
      ],
      variables: [
        ("MODLAB_DATA", "folder of data sets, where --data is not given"),
        (
          "MODLAB_KERNELS",
          "level of the elementwise kernels: base, v3 or v4 (default: the best of the processor)"
        ),
        (
          "OPENBLAS_CORETYPE",
          "kernels of OpenBLAS, such as Haswell; results differ in the last bits between kernels"
        ), ("NO_COLOR", "when it is not empty, there are no colours unless --color=always"),
        ("https_proxy, no_proxy", "proxy for downloads of data sets"),
      ],
      files: [
        ("results/STUDY/", "the tables of a study, as CSV files, and its runs"),
        ("results/STUDY/sweep.json", "manifests, command lines and environment of the study"),
        (
          "results/STUDY/runs/CONFIGURATION/SEED/",
          "a run: configuration, status, log, metrics, weights and masks"
        ), ("data/", "data sets; see 'modlab data'"),
      ])
  }
}

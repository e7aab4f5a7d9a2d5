import CommandLine

/// The verbs of the command line that know the science: networks, masks and gradients.
///
/// They stand apart from the other verbs, which know only manifests, runs and files.
public enum ScienceCommands {
  /// The verbs in the order of the help.
  public static let verbs: [Verb] = [
    InitVerb.verb, ImportVerb.verb, DescribeVerb.verb, PredictVerb.verb, TuneVerb.verb,
    MaskVerb.verb, ClusterVerb.verb, BenchVerb.verb, GradcheckVerb.verb,
  ]
}

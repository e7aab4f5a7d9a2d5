import Store
import Tensors

extension RunCheckpoint.Header {
  /// The metadata of a file of this run.
  func metadata(format: String) -> [String: String] {
    var metadata = [
      "format": format, "seed": String(seed), "rng": RandomSource.scheme,
      "environment": environment,
    ]
    if let identity {
      metadata["experiment"] = identity.kind
      metadata["experiment_version"] = String(identity.version)
      metadata["hash"] = identity.hash
      metadata["configuration"] = identity.configuration.serialized()
    }
    return metadata
  }

  /// Checks that a file belongs to this run.
  ///
  /// Another environment (BLAS kernels, processor level) is only worth a warning: the results stay
  /// valid, but may differ in the last bits from those of one uninterrupted environment.
  ///
  /// - Throws: ``Failure`` (corrupt) that names what differs.
  func verify(
    _ found: [String: String], format: String, path: String, warn: (String) -> Void
  ) throws {
    let expected = metadata(format: format)
    let help = "remove the file to compute the run from the start"
    func refuse(_ what: String, _ key: String) -> Failure {
      Failure(
        .corrupt, "\(path) is \(what)",
        why: "it has \(Failure.quote(found[key] ?? "nothing")), this run "
          + Failure.quote(expected[key] ?? "nothing"),
        help: help)
    }
    if found["format"] != expected["format"] { throw refuse("of another format", "format") }
    if found["experiment"] != expected["experiment"] {
      throw refuse("of another experiment", "experiment")
    }
    if found["experiment_version"] != expected["experiment_version"] {
      throw refuse("of another version of the experiment", "experiment_version")
    }
    if found["hash"] != expected["hash"] {
      var failure = refuse("of another configuration", "hash")
      if let text = found["configuration"], let identity,
        let old = try? JSONValue.parse(text, file: path)
      {
        failure.why =
          (failure.why.map { $0 + "\n" } ?? "")
          + ConfigurationHash.differences(old, identity.configuration).joined(separator: "\n")
      }
      throw failure
    }
    if found["seed"] != expected["seed"] { throw refuse("of another seed", "seed") }
    if found["rng"] != expected["rng"] { throw refuse("of another random generator", "rng") }
    if found["environment"] != expected["environment"] {
      warn(
        "\(path) was computed with \(Failure.quote(found["environment"] ?? "")), this run goes on "
          + "with \(Failure.quote(environment)): the last bits of the results may differ")
    }
  }
}

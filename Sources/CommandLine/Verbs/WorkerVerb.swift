import Foundation
import Runner
import Store

/// `modlab worker`: computes one run for a parent process; not for users.
enum WorkerVerb {
  static let verb = Verb(
    "worker", "compute one run for 'modlab run'", isHidden: true
  ) { invocation in
    try WorkerMain.run(
      registry: invocation.registry, environment: ProcessInfo.processInfo.environment,
      build: invocation.build)
  }
}

import Foundation
import Runner

/// `modlab slurm-task`: computes one run as a task of an array; not for users.
enum SlurmTaskVerb {
  static let verb = Verb(
    "slurm-task", "compute one run of an array for 'modlab run --executor slurm'",
    operand: Operand("LIST", .exactly(1), completion: .files(["json"]), "the list of tasks"),
    isHidden: true
  ) { invocation in
    try SlurmTask.run(
      listPath: invocation.arguments.operands[0],
      environment: ProcessInfo.processInfo.environment,
      write: { try? StandardStream.output.write($0) })
  }
}

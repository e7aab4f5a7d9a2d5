import CommandLine
import Experiments
import Foundation
import Runner
import ScienceCommands

let command = ModlabCommand(
  registry: AllKinds.registry, science: ScienceCommands.verbs,
  build: BuildRecord(
    commit: SourceRevision.commit, hasLocalChanges: SourceRevision.hasLocalChanges))
exit(command.run(ProcessInfo.processInfo.arguments).rawValue)

import CommandLine
import Experiments
import Foundation

let command = ModlabCommand(registry: AllKinds.registry)
exit(command.run(ProcessInfo.processInfo.arguments).rawValue)

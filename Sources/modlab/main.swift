import CommandLine
import Experiments
import Foundation

let command = ModlabCommand(registry: AllExperiments.registry)
exit(command.run(ProcessInfo.processInfo.arguments).rawValue)

import Foundation
import Store

@testable import Runner

/// Scripts with the names of Slurm's commands in a folder of their own.
///
/// A script finds the folder in `$D`, where every call leaves its arguments in `<name>.calls`.
struct FakeSlurm {
  let folder: String

  init(_ root: String) throws {
    folder = root + "/slurm-commands"
    try Folder.create(at: folder)
    try program("sbatch", "echo 12")
    try program("squeue", "cat $D/queue")
    try program("scancel", "")
    try program("scontrol", "echo 'MaxArraySize            = 1001'")
    try queue([])
  }

  var environment: [String: String] { ["PATH": "\(folder):/usr/bin:/bin", "D": folder] }
  var client: SlurmClient { SlurmClient(environment: environment) }
  var executor: SlurmExecutor { SlurmExecutor(environment: environment) }

  /// Writes a program.
  ///
  /// Another process copies it into place: a file that this process has open for writing may still be
  /// open in a child that another test starts at this moment, and could not be executed then.
  func program(_ name: String, _ script: String) throws {
    let path = "\(folder)/\(name)"
    let text = "\(folder)/\(name).text"
    try AtomicFile.write("#!/bin/sh\necho \"$*\" >> $D/\(name).calls\n\(script)\n", to: text)
    let copy = Process()
    copy.executableURL = URL(fileURLWithPath: "/usr/bin/install")
    copy.arguments = ["-m", "755", text, path]
    try copy.run()
    copy.waitUntilExit()
    guard copy.terminationStatus == 0 else {
      throw Failure(.inputOutput, "cannot make the program \(path)")
    }
  }

  /// What `squeue` writes, by default; `NAME` stands for the name of the job last submitted.
  func queue(_ lines: [String]) throws {
    try AtomicFile.write(lines.map { $0 + "\n" }.joined(), to: folder + "/queue")
  }

  /// A `squeue` that does something else every time; the last step stays.
  func queue(steps: [String]) throws {
    let cases = steps.enumerated().map { index, step in
      "\(index == steps.count - 1 ? "*" : String(index + 1))) \(step) ;;\n"
    }
    try program(
      "squeue", "n=$(wc -l < $D/squeue.calls)\ncase $n in\n\(cases.joined())\nesac")
  }

  /// The arguments of all calls of a command.
  func calls(_ name: String) -> [String] {
    let text = (try? String(contentsOfFile: "\(folder)/\(name).calls", encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map(String.init)
  }
}

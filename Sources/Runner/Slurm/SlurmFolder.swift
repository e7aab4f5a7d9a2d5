import Foundation
import Store

/// The files of a submission: `OUT/slurm/<name>`.
struct SlurmFolder {
  let path: String

  init(_ output: OutputFolder, _ submission: String) { path = output.slurm(submission) }

  /// What the tasks compute.
  var listFile: String { path + "/tasks.json" }
  /// What Slurm starts for every task.
  var scriptFile: String { path + "/task.sh" }
  /// What a task has written to its standard output and error.
  func outputFile(_ index: Int) -> String { "\(path)/\(index).out" }
  /// The same for `sbatch`, which replaces `%a` by the index.
  var outputPattern: String { path.replacing("%", with: "%%") + "/%a.out" }

  /// Removes the folder when all its runs are complete; else its outputs may be of interest.
  func removeIfAllIsWell() {
    guard let list = try? SlurmTaskList.read(listFile) else { return }
    let output = OutputFolder(list.output)
    let isComplete = list.tasks.allSatisfy { task in
      let name = list.name(task)
      let file = output.study(name.study).run(name).statusFile
      return (try? RunStatus.read(file))?.state == .complete
    }
    if isComplete { remove() }
  }

  /// Removes the folder, and the one above when nothing is left in it.
  func remove() {
    try? FileManager.default.removeItem(atPath: path)
    rmdir(URL(fileURLWithPath: path).deletingLastPathComponent().path)
  }
}

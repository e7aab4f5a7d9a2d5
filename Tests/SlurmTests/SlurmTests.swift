import Foundation
import Store
import Testing

/// The built program with a real Slurm, one test after the other; `make test-slurm` starts both.
@Suite(.serialized) struct SlurmTests {
  /// Steps that take a fraction of a second, some seconds in a debug build, and longer than any
  /// test waits.
  private static let short = 600
  private static let long = 20_000
  private static let endless = 500_000

  @Test func resultsAreThoseOfLocalWorkersAndOptionsArePassedOn() throws {
    try Cluster.inTemporaryFolder(steps: Self.short, seeds: 3) { cluster in
      let local = try cluster.modlab("run", "m.yaml", "--out", "local")
      #expect(local.code == 0, "\(local.error)")
      let run = try cluster.modlab(
        "run", "m.yaml", "--executor", "slurm", "--json", "-j", "2", "--slurm",
        "partition=local,time=7,comment=on the ridge,mem=200M")
      #expect(run.code == 0, "\(run.error)")
      #expect(try cluster.results() == cluster.results("local"))
      #expect(try cluster.results().count > 20)
      let events = try run.records
      let submitted = events.filter { $0["event"] == "submit" }
      #expect(submitted.map { $0["runs"] } == [3])
      for event in ["plan", "start", "finish", "summary"] {
        #expect(events.contains { $0["event"] == .string(event) }, "\(event)")
      }
      let job = try #require(submitted.first?["job"]?.stringValue)
      let shown = try cluster.slurm("scontrol", "show", "job", job).output
      for text in [
        "Partition=local", "TimeLimit=00:07:00", "Comment=on the ridge", "MinMemoryNode=200M",
        "JobState=COMPLETED", "ExitCode=0:0", "ArrayTaskThrottle=2",
      ] { #expect(shown.contains(text), "\(text) in \(shown)") }
      // Nothing is left but results.
      #expect(!Folder.exists(cluster.folder + "/results/slurm"))
      #expect(try cluster.recordedJob() == nil)
      let again = try cluster.modlab("run", "m.yaml", "--executor", "slurm")
      #expect(again.code == 0)
      #expect(again.error.contains("0 runs to submit, 3 done"))
      #expect(try cluster.arrays() == [job])
    }
  }

  @Test func aSweepWhoseParentWasKilledIsPickedUp() throws {
    try Cluster.inTemporaryFolder(steps: Self.long, seeds: 3) { cluster in
      let first = try cluster.start("run", "m.yaml", "--executor", "slurm")
      try first.wait(for: "started")
      try cluster.waitForProgress(0)
      first.send(SIGKILL)
      #expect(try first.finish().code == -9)
      let states = try cluster.states()
      #expect(states[0] == "running")
      #expect(states[2] == "pending")
      let job = try #require(try cluster.recordedJob())
      let plan = try cluster.modlab("plan", "m.yaml").output
      #expect(plan.contains("running as Slurm task \(job)_0"), "\(plan)")
      // Nobody else computes the same runs meanwhile.
      let local = try cluster.modlab("run", "m.yaml", "--executor", "local")
      #expect(local.code == 7, "\(local.error)")
      #expect(local.error.contains("array \(job)"))

      let second = try cluster.modlab("run", "m.yaml")
      #expect(second.code == 0, "\(second.error)")
      #expect(second.error.contains("0 runs to submit, 3 with array \(job) already"))
      #expect(try cluster.arrays() == [job])
      #expect(try cluster.states() == [0: "complete", 1: "complete", 2: "complete"])
    }
  }

  @Test func aCancelledTaskHasFailedWithTheReasonAndOnlyItIsTriedAgain() throws {
    try Cluster.inTemporaryFolder(steps: Self.long, seeds: 2) { cluster in
      let running = try cluster.start("run", "m.yaml", "--executor", "slurm")
      try running.wait(for: "started")
      try cluster.waitForProgress(0)
      let job = try #require(try cluster.recordedJob())
      try cluster.slurm("scancel", "\(job)_0")
      let outcome = try running.finish()
      #expect(outcome.code == 1, "\(outcome.error)")
      #expect(outcome.error.contains("Slurm task \(job)_0 was cancelled"), "\(outcome.error)")
      let run = try #require(try cluster.run(0))
      #expect(run["state"] == "failed")
      #expect(run["error"] == .string("Slurm task \(job)_0 was cancelled"))
      let step = try #require(run["step"]?.integerValue)
      #expect(step > 0)

      let again = try cluster.modlab(
        "run", "m.yaml", "--executor", "slurm", "--retry", "failed", "--json")
      #expect(again.code == 0, "\(again.error)")
      let submitted = try again.records.filter { $0["event"] == "submit" }
      #expect(submitted.map { $0["runs"] } == [1])
      let log = try FileManager.default.subpathsOfDirectory(atPath: cluster.folder)
        .first { $0.hasSuffix("seed-00/log.txt") }
      let text = try String(contentsOfFile: "\(cluster.folder)/\(log ?? "")", encoding: .utf8)
      #expect(text.contains("phase pretrained: resumes at step \(step)"), "\(text)")
      let reference = try cluster.modlab("run", "m.yaml", "--out", "local")
      #expect(reference.code == 0)
      #expect(try cluster.results() == cluster.results("local"))
    }
  }

  @Test func theFirstSignalLeavesAndTheSecondCancels() throws {
    try Cluster.inTemporaryFolder(steps: Self.endless, seeds: 3) { cluster in
      let first = try cluster.start("run", "m.yaml", "--executor", "slurm")
      try first.wait(for: "started")
      try cluster.waitForProgress(0)
      first.send(SIGTERM)
      let left = try first.finish()
      #expect(left.code == 143, "\(left.error)")
      let job = try #require(try cluster.recordedJob())
      #expect(left.error.contains("detached from array \(job), which continues"))
      #expect(try cluster.states()[0] == "running")

      let second = try cluster.start("run", "m.yaml")
      try second.wait(for: "started")
      second.send(SIGINT)
      try second.wait(for: "detached from array")
      second.send(SIGINT)
      let cancelled = try second.finish()
      #expect(cancelled.code == 130, "\(cancelled.error)")
      #expect(cancelled.error.contains("not started; the same command resumes"))
      #expect(try cluster.slurm("squeue", "--noheader").output.isEmpty)
      // It was the user's wish: nothing has failed.
      let states = try cluster.states()
      #expect(states[0] == "interrupted" && states[2] == "new", "\(states)")
      #expect(try cluster.recordedJob() == nil)
    }
  }

  @Test func aWorkerThatIsKilledTwiceIsReportedByItsTask() throws {
    try Cluster.inTemporaryFolder(steps: Self.endless, seeds: 1) { cluster in
      let running = try cluster.start("run", "m.yaml", "--executor", "slurm")
      try running.wait(for: "started")
      try cluster.waitForProgress(0)
      let first = try #require(try cluster.worker(0))
      kill(first, SIGKILL)
      // The task takes the run up once more by itself.
      try cluster.wait("another worker") {
        try ![nil, first].contains(cluster.worker(0)) && cluster.run(0)?["attempts"] == 2
      }
      kill(try #require(try cluster.worker(0)), SIGKILL)
      let outcome = try running.finish()
      #expect(outcome.code == 1)
      #expect(outcome.error.contains("the worker was terminated by SIGKILL"), "\(outcome.error)")
      #expect(try cluster.states() == [0: "failed"])
      #expect(try cluster.run(0)?["attempts"] == 2)
    }
  }

  @Test func aTaskThatSlurmPutsBackGoesOnWhereItWas() throws {
    try Cluster.inTemporaryFolder(steps: Self.long, seeds: 1) { cluster in
      let running = try cluster.start(
        "run", "m.yaml", "--executor", "slurm", "--slurm", "requeue")
      try running.wait(for: "started")
      try cluster.waitForProgress(0)
      let job = try #require(try cluster.recordedJob())
      try cluster.slurm("scontrol", "requeue", "\(job)_0")
      try cluster.wait("the task to be back in the queue") {
        try cluster.states()[0] == "pending"
      }
      // Else it would wait for two minutes; at once, Slurm would find its permission withdrawn.
      usleep(2_500_000)
      try cluster.slurm("scontrol", "update", "JobId=\(job)_0", "StartTime=now")
      let outcome = try running.finish()
      #expect(outcome.code == 0, "\(outcome.error)")
      let reference = try cluster.modlab("run", "m.yaml", "--out", "local")
      #expect(reference.code == 0)
      #expect(try cluster.results() == cluster.results("local"))
    }
  }

  @Test func whatSlurmRefusesIsOneClearError() throws {
    try Cluster.inTemporaryFolder(steps: Self.short, seeds: 1) { cluster in
      let refused = try cluster.modlab(
        "run", "m.yaml", "--executor", "slurm", "--slurm", "partition=nowhere")
      #expect(refused.code == 2, "\(refused.error)")
      #expect(refused.error.contains("error: Slurm refuses the job"))
      #expect(refused.error.contains("invalid partition specified: nowhere"))
      #expect(refused.error.ranges(of: "error: ").count == 1, "\(refused.error)")
      #expect(!Folder.exists(cluster.folder + "/results/slurm"))
      #expect(try cluster.states() == [0: "new"])
    }
  }

  @Test func aTaskThatWaitsInVainSaysWhy() throws {
    try Cluster.inTemporaryFolder(steps: Self.short, seeds: 2) { cluster in
      let running = try cluster.start(
        "run", "m.yaml", "--executor", "slurm", "--slurm", "partition=closed")
      try running.wait(for: "Slurm lets tasks wait: PartitionDown")
      #expect(try cluster.states() == [0: "pending", 1: "pending"])
      let job = try #require(try cluster.recordedJob())
      let status = try cluster.modlab("status").output
      #expect(status.contains("Slurm array \(job): 2 pending (PartitionDown)"), "\(status)")
      try cluster.slurm("scancel", job)
      let outcome = try running.finish()
      #expect(outcome.code == 1)
      #expect(try cluster.states() == [0: "failed", 1: "failed"])
    }
  }
}

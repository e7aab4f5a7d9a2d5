import Store
import TestSupport
import Testing

@testable import Runner

@Suite struct SlurmClientTests {
  private func withSlurm(_ body: (FakeSlurm) throws -> Void) throws {
    try withTemporaryFolder { try body(FakeSlurm($0)) }
  }

  @Test func tasksAreReadFromTheQueue() throws {
    try withSlurm { slurm in
      try slurm.queue([
        "12|0|RUNNING|None|modlab-walk-1", "12|1|PENDING|(launch failed, held)|modlab-walk-1",
        "12|N/A|PENDING|None|modlab-walk-1", "13|2|RUNNING|None|modlab-walk-1",
        "12|3|RUNNING|None|another", "nonsense", "",
      ])
      #expect(
        try slurm.client.tasks(ofJob: "12", named: "modlab-walk-1") == [
          0: SlurmTaskState("RUNNING"),
          1: SlurmTaskState("PENDING", reason: "(launch failed, held)"),
        ])
      let call = try #require(slurm.calls("squeue").first)
      #expect(call.contains("--states=all") && call.contains("--jobs=12"))
      #expect(call.contains("--array"))
      #expect(try slurm.client.job(named: "another") == "12")
      #expect(try slurm.client.job(named: "nobody") == nil)
    }
  }

  @Test func aForgottenJobHasNoTasks() throws {
    try withSlurm { slurm in
      try slurm.program(
        "squeue", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1")
      #expect(try slurm.client.tasks(ofJob: "12", named: "x").isEmpty)
    }
  }

  @Test func silenceIsNotTheSameAsAnEmptyQueue() throws {
    try withSlurm { slurm in
      try slurm.program(
        "squeue",
        "echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2"
          + "; exit 1")
      let failure = #expect(throws: Failure.self) {
        try slurm.client.tasks(ofJob: "12", named: "x")
      }
      #expect(failure?.exitCode == .inputOutput)
      #expect(failure?.what == "Slurm cannot be reached ('squeue' failed)")
    }
  }

  @Test func theNumberOfTheJobIsRead() throws {
    try withSlurm { slurm in
      try slurm.program("sbatch", "echo 'sbatch: warning: soon' >&2; echo '123;cluster'")
      let (job, messages) = try slurm.client.submit(["--array=0-3", "task.sh"])
      #expect(job == "123")
      #expect(messages == ["sbatch: warning: soon"])
      #expect(slurm.calls("sbatch") == ["--parsable --array=0-3 task.sh"])
    }
  }

  @Test func arefusalIsAMistakeOfTheUser() throws {
    try withSlurm { slurm in
      try slurm.program(
        "sbatch",
        """
        echo 'sbatch: error: invalid partition specified: x' >&2
        echo 'sbatch: error: Batch job submission failed: Invalid partition' >&2
        exit 1
        """)
      let failure = #expect(throws: Failure.self) { try slurm.client.submit(["task.sh"]) }
      #expect(failure?.exitCode == .usage)
      #expect(
        failure?.why
          == "invalid partition specified: x\nBatch job submission failed: Invalid partition")
    }
  }

  @Test func withoutSlurmTheErrorSaysSo() throws {
    let failure = #expect(throws: Failure.self) {
      try SlurmClient(environment: ["PATH": "/nowhere"]).submit([])
    }
    #expect(failure?.exitCode == .usage)
    #expect(failure?.what == "there is no 'sbatch' on the PATH")
  }

  @Test func theLimitOfArraysIsAsked() throws {
    try withSlurm { slurm in
      try slurm.program("scontrol", "echo 'A = 1'; echo 'MaxArraySize            = 17'")
      #expect(try slurm.client.maximumArraySize() == 17)
      try slurm.program("scontrol", "echo 'A = 1'")
      #expect(try slurm.client.maximumArraySize() == 1001)
    }
  }

  @Test func manyTasksAreCancelledInParts() throws {
    try withSlurm { slurm in
      try slurm.client.cancel((0..<501).map { "12_\($0)" })
      #expect(slurm.calls("scancel").map { $0.split(separator: " ").count } == [500, 1])
      try slurm.program("scancel", "echo 'scancel: error: Invalid job id 12' >&2; exit 1")
      try slurm.client.cancel(["12"])
      try slurm.program("scancel", "echo 'scancel: error: Access denied' >&2; exit 1")
      #expect(throws: Failure.self) { try slurm.client.cancel(["12"]) }
    }
  }

  @Test func formatsOfTheEnvironmentDoNotMatter() throws {
    try withSlurm { slurm in
      try slurm.program("squeue", "echo \"12|0|RUNNING|$SQUEUE_FORMAT|x\"")
      let environment = slurm.environment.merging(["SQUEUE_FORMAT": "%A"]) { $1 }
      #expect(
        try SlurmClient(environment: environment).tasks(ofJob: "12", named: "x")
          == [0: SlurmTaskState("RUNNING")])
    }
  }
}

@Suite struct ExternalCommandTests {
  private func command(_ script: String, timeLimit: Double = 60) -> ExternalCommand {
    ExternalCommand(
      name: "sh", arguments: ["-c", script], environment: ["PATH": "/usr/bin:/bin"],
      timeLimit: timeLimit)
  }

  @Test func bothStreamsAreRead() throws {
    let outcome = try command("seq 100000 >&2; seq 100000; exit 3").run()
    #expect(outcome.status == 3)
    #expect(outcome.output == outcome.error)
    #expect(outcome.output.hasSuffix("\n100000\n"))
  }

  @Test func oneThatDoesNotEndIsEnded() throws {
    let start = MonotonicClock.seconds()
    let failure = #expect(throws: Failure.self) {
      try command("exec sleep 100", timeLimit: 0.3).run()
    }
    #expect(failure?.exitCode == .inputOutput)
    #expect(MonotonicClock.seconds() - start < 20)
  }
}

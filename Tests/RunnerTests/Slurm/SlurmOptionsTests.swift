import Store
import Testing

@testable import Runner

@Suite struct SlurmOptionsTests {
  @Test func piecesBecomeArguments() throws {
    #expect(
      try SlurmOptions(["partition=short,time=2:00:00,mem=2G"]).arguments
        == ["--partition=short", "--time=2:00:00", "--mem=2G"])
    #expect(try SlurmOptions([]).arguments == [])
    #expect(try SlurmOptions(["exclusive", "mem=1G"]).arguments == ["--exclusive", "--mem=1G"])
  }

  @Test func whatIsNoOptionBelongsToTheValueBefore() throws {
    #expect(
      try SlurmOptions(["exclude=node1,node2,time=5"]).arguments
        == ["--exclude=node1,node2", "--time=5"])
    #expect(
      try SlurmOptions(["comment=a b=c,d", "gres=gpu:1"]).arguments
        == ["--comment=a b=c,d", "--gres=gpu:1"])
    #expect(try SlurmOptions(["exclusive,mem=1G"]).arguments == ["--exclusive", "--mem=1G"])
  }

  @Test(arguments: ["", "Partition=x", "--time=5", "=5", "time=1\n2", "a=1,,b=2,\u{1B}"])
  func whatIsNoOptionIsRefused(text: String) {
    let failure = #expect(throws: Failure.self) { try SlurmOptions([text]) }
    #expect(failure?.exitCode == .usage)
  }

  @Test(arguments: ["array=0-3", "job-name=x", "output=x", "wrap=ls", "wait"])
  func whatModlabDecidesIsRefused(text: String) {
    let failure = #expect(throws: Failure.self) { try SlurmOptions([text]) }
    #expect(failure?.exitCode == .usage)
    #expect(failure?.what.hasPrefix("--slurm cannot set '") == true)
  }
}

@Suite struct SlurmTaskStateTests {
  @Test func wordsHaveTheirStand() {
    func stand(_ word: String) -> BatchTask.Stand { SlurmTaskState(word).stand }
    for word in ["PENDING", "CONFIGURING", "REQUEUED"] { #expect(stand(word) == .pending) }
    for word in ["RUNNING", "COMPLETING", "SUSPENDED", "A_WORD_OF_TOMORROW"] {
      #expect(stand(word) == .running)
    }
    for word in [
      "COMPLETED", "CANCELLED", "FAILED", "TIMEOUT", "OUT_OF_MEMORY", "NODE_FAIL", "PREEMPTED",
    ] { #expect(stand(word) == .ended) }
  }

  @Test func onlyUnusualReasonsAreHindrances() {
    #expect(SlurmTaskState("PENDING", reason: "None").hindrance == nil)
    #expect(SlurmTaskState("PENDING", reason: "Resources").hindrance == nil)
    #expect(SlurmTaskState("PENDING", reason: "PartitionDown").hindrance == "PartitionDown")
    #expect(SlurmTaskState("RUNNING", reason: "PartitionDown").hindrance == nil)
  }

  @Test func endsSayWhatHappenedAndWhatToDo() {
    #expect(SlurmTaskState("TIMEOUT").end == "reached its time limit")
    #expect(SlurmTaskState("TIMEOUT").help.contains("--slurm time="))
    #expect(SlurmTaskState("OUT_OF_MEMORY").help.contains("--slurm mem="))
    #expect(
      SlurmTaskState("FAILED", reason: "NonZeroExitCode").end
        == "ended with an error (NonZeroExitCode)")
  }
}

import Foundation
import Tensors
import Testing

@testable import Runner

@Suite struct LineBufferTests {
  @Test func linesAreCutWhereverTheBytesArrive() {
    var buffer = LineBuffer()
    #expect(buffer.append("ab".utf8).isEmpty)
    #expect(buffer.append("c\nd\n\ne".utf8) == ["abc", "d", ""])
    #expect(buffer.finish() == ["e"])
    #expect(buffer.finish().isEmpty)
  }

  @Test func aLineWithoutEndCostsNoMemory() {
    var buffer = LineBuffer()
    for _ in 0..<20 { _ = buffer.append([UInt8](repeating: 65, count: 1 << 17)) }
    let lines = buffer.append("\nnext\n".utf8)
    #expect(lines.map(\.utf8.count) == [LineBuffer.maximumLength, 4])
  }

  @Test func bytesThatAreNoTextAreReplaced() {
    var buffer = LineBuffer()
    #expect(buffer.append([0xFF, 0x41, 0x0A]) == ["\u{FFFD}A"])
  }
}

@Suite struct WorkerPipesTests {
  private struct Refused: Error {}

  @Test func whenOnePipeCannotBeMadeTheOthersAreClosed() throws {
    for refused in 0..<3 {
      var made: [Int32] = []
      var closed: [Int32] = []
      #expect(throws: Refused.self) {
        try WorkerProcess.pipes(3) {
          if made.count == 2 * refused { throw Refused() }
          made += [Int32(made.count), Int32(made.count + 1)]
          return (made[made.count - 2], made[made.count - 1])
        } close: {
          closed.append($0)
        }
      }
      #expect(made.count == 2 * refused)
      #expect(closed == made)
    }
  }

  @Test func pipesCarryBytesAndAreNotInherited() throws {
    let pipes = try WorkerProcess.pipes(3)
    for pipe in pipes {
      #expect(write(pipe.write, "x", 1) == 1)
      var byte: UInt8 = 0
      #expect(read(pipe.read, &byte, 1) == 1)
      for end in [pipe.read, pipe.write] {
        #expect(fcntl(end, F_GETFD) & FD_CLOEXEC != 0)
        close(end)
      }
    }
  }
}

@Suite struct WorkerEnvironmentTests {
  @Test func librariesGetOneThreadAndNeutralTexts() {
    let fixed = WorkerEnvironment.fixed(["HOME": "/h", "LC_ALL": "de_DE", "OMP_NUM_THREADS": "8"])
    #expect(fixed["OPENBLAS_NUM_THREADS"] == "1")
    #expect(fixed["OMP_NUM_THREADS"] == "1")
    #expect(fixed["LC_ALL"] == "C")
    #expect(fixed["TZ"] == "UTC")
    #expect(fixed["HOME"] == "/h")
  }

  @Test func theUsersChoiceOfKernelsGoesToWorkers() {
    #expect(WorkerEnvironment.fixed([BLAS.coreVariable: "Nehalem"])[BLAS.coreVariable] == "Nehalem")
    #expect(WorkerEnvironment.fixed([:])[BLAS.coreVariable] == nil)
    // OpenBLAS would look for kernels without a name.
    #expect(WorkerEnvironment.fixed([BLAS.coreVariable: ""])[BLAS.coreVariable] == nil)
  }
}

@Suite struct TimeTextTests {
  @Test func durationsHaveTwoUnits() {
    let texts = [0, 0.2, 42.4, 59.6, 190, 7500, 273_600, .nan, -1].map(DurationText.of)
    #expect(
      texts == [
        "0 s", "<1 s", "42 s", "1 min 0 s", "3 min 10 s", "2 h 05 min", "3 d 4 h", "?", "?",
      ])
  }
}

@Suite struct WorkerProcessTests {
  private func command(_ script: String) -> WorkerCommand {
    WorkerCommand(
      executable: "/bin/sh", arguments: ["-c", script], environment: ["PATH": "/usr/bin:/bin"])
  }

  private func readAll(_ process: WorkerProcess) -> [String] {
    var lines: [String] = []
    while !process.isOutputClosed {
      lines += process.readLines()
      usleep(5_000)
    }
    _ = process.readLines()
    return lines
  }

  @Test func theSpecificationArrivesAndMessagesComeBack() throws {
    let process = try WorkerProcess(
      command("read line; echo \"got $line\"; echo trouble >&2; exit 3"), specification: "spec")
    #expect(readAll(process) == ["got spec"])
    #expect(process.wait() == .exited(3))
    usleep(20_000)
    _ = process.readLines()
    #expect(process.errorTail == ["trouble"])
  }

  /// A shell cannot change what was ignored when it started, so it shows what it has inherited.
  @Test func aHangupEndsAWorkerOnlyWhenItEndsTheParent() throws {
    let previous = signal(SIGHUP, SIG_IGN)
    defer { signal(SIGHUP, previous) }
    let ignoring = try WorkerProcess(command("kill -HUP $$; echo alive"), specification: "")
    #expect(readAll(ignoring) == ["alive"])
    #expect(ignoring.wait() == .exited(0))
    signal(SIGHUP, SIG_DFL)
    let ended = try WorkerProcess(command("kill -HUP $$; echo alive"), specification: "")
    #expect(readAll(ended) == [])
    #expect(ended.wait() == .signalled(SIGHUP))
  }

  @Test func theEndBySignalIsTold() throws {
    let process = try WorkerProcess(command("kill -ABRT $$"), specification: "")
    _ = readAll(process)
    #expect(process.wait() == .signalled(SIGABRT))
  }

  @Test func theInputStaysOpenUntilTheWorkerIsStopped() throws {
    // `cat` ends only at the end of its input.
    let process = try WorkerProcess(
      command("trap '' TERM; timeout 10 cat > /dev/null; echo over"), specification: "x")
    usleep(100_000)
    #expect(process.readLines().isEmpty)
    process.requestStop()
    #expect(readAll(process) == ["over"])
    #expect(process.wait() == .exited(0))
  }

  @Test func onlyItsOwnPipesAreInherited() throws {
    // Were the input of the first worker open in the second one, the first would not notice the
    // death of its parent.
    let first = try WorkerProcess(command("timeout 10 cat > /dev/null"), specification: "")
    let second = try WorkerProcess(
      command("for f in /proc/self/fd/*; do readlink $f; done"), specification: "")
    var status = stat()
    fstat(first.output, &status)
    let links = readAll(second)
    #expect(links.count >= 3)
    #expect(!links.contains("pipe:[\(status.st_ino)]"))
    _ = second.wait()
    first.requestStop()
    _ = readAll(first)
    _ = first.wait()
  }

  @Test func aProgramThatIsMissingIsAFailure() {
    #expect(throws: (any Error).self) {
      try WorkerProcess(
        WorkerCommand(executable: "/no/such/program", arguments: [], environment: [:]),
        specification: "")
    }
  }
}

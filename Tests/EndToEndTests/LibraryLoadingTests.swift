import Foundation
import Store
import Testing

extension EndToEndTests {
  /// Which processes load the linear-algebra library, and what happens where it cannot be had.
  @Suite struct LibraryLoadingTests {
    private static let manifest = """
      schema: 1
      experiment: addmul-fnn
      task: {digits: 1, train-size: 40, valid-size: 16}
      model: {hidden: [8]}
      pretrain: {steps: 4, batch: 8}
      mask: {steps: 2}
      controls: off

      """

    /// A shell that limits the address space to 200 MB and becomes the program.
    private static let limited = [
      "/bin/bash", "-c", "ulimit -v 200000; exec \"$0\" \"$@\"",
    ]

    /// Names of files that belong to the linear-algebra library.
    private static let names = ["openblas", "libblas", "liblapack", "libgfortran"]

    /// Verbs that compute nothing.
    private static let readers = [
      ["version"], ["help"], ["plan", "m.yaml"], ["status", "results"], ["summarize", "results"],
      ["describe", "m.yaml"],
    ]

    @Test func theProgramIsNotLinkedWithIt() throws {
      try Modlab.inTemporaryFolder { modlab in
        // The loader lists what it would load.
        let list = try modlab.run("version", environment: ["LD_TRACE_LOADED_OBJECTS": "1"])
        #expect(list.output.contains("libc.so.6"))
        for name in Self.names { #expect(!list.output.contains(name), "\(list.output)") }
      }
    }

    @Test func whatComputesNothingDoesNotLoadItAndNeedsLittleMemory() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(Self.manifest, to: "m.yaml")
        let run = try modlab.run(
          "run", "m.yaml", "--seeds", "1", environment: debug(modlab, "run"))
        #expect(run.code == 0, "\(run.error)")
        // The parent and one worker, of which the worker alone loads it.
        let logs = try logs(modlab, "run")
        #expect(logs.count == 2)
        #expect(logs.count { $0.contains("openblas") } == 1)
        for words in Self.readers {
          let reader = try modlab.start(
            words, environment: debug(modlab, words[0]), wrapper: Self.limited
          ).finish()
          #expect(reader.code == 0, "\(words): \(reader.error)")
          for log in try self.logs(modlab, words[0]) {
            for name in Self.names { #expect(!log.contains(name), "\(words)") }
          }
        }
      }
    }

    @Test func aWorkerWithoutMemoryFailsWithAClearErrorAndIsTakenUpAgain() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(Self.manifest, to: "m.yaml")
        let words = ["run", "m.yaml", "--seeds", "1", "--workers", "1"]
        let run = try modlab.start(words, wrapper: Self.limited).finish()
        #expect(run.code == ExitCode.inputOutput.rawValue, "\(run.error)")
        #expect(run.error.contains("there is no memory for OpenBLAS"))
        #expect(run.error.contains("ulimit -v unlimited"))
        #expect(try modlab.run(words).code == 0)
      }
    }

    @Test func aMissingLibraryIsNamedWithItsPackage() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(Self.manifest, to: "m.yaml")
        // What the loader finds first is no library.
        try modlab.write("no library\n", to: "libopenblas.so.0")
        let environment = ["LD_LIBRARY_PATH": modlab.folder]
        for words in [["doctor"], ["gradcheck", "relu"], ["run", "m.yaml", "--seeds", "1"]] {
          let outcome = try modlab.run(words, environment: environment)
          #expect(outcome.code == ExitCode.inputOutput.rawValue, "\(words): \(outcome.error)")
          #expect(outcome.error.contains("the linear-algebra library cannot be loaded"))
          #expect(outcome.error.contains("libopenblas0-pthread"))
        }
        #expect(try modlab.run(["plan", "m.yaml"], environment: environment).code == 0)
      }
    }

    @Test(
      .enabled(
        if: geteuid() == 0 && Folder.exists("/usr/bin/setpriv"),
        "only root can become a user without processes"))
    func withoutFurtherThreadsVerbsEndAndWorkersSayWhy() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(Self.manifest, to: "m.yaml")
        #expect(chmod(modlab.folder, 0o777) == 0)
        // Root is exempt from the limit. A number that no other process has: the limit counts all
        // processes of a user.
        let user = "\(61000 + Int(getpid()) % 500)"
        func run(_ limit: Int, _ words: [String]) throws -> Modlab.Outcome {
          try modlab.start(
            words,
            wrapper: [
              "/usr/bin/setpriv", "--reuid", user, "--regid", user, "--clear-groups", "/bin/bash",
              "-c", "ulimit -u \(limit); exec \"$0\" \"$@\"",
            ]
          ).finish()
        }
        for words in [["version"], ["plan", "m.yaml"], ["help"]] {
          let outcome = try run(1, words)
          // 126: this user may not read the program where it stands.
          guard outcome.code != 126 else { return }
          #expect(outcome.code == 0, "\(words): \(outcome.error)")
        }
        // The parent and its worker, which gets no second thread.
        let outcome = try run(2, ["run", "m.yaml", "--seeds", "1", "--workers", "1"])
        #expect(outcome.code == ExitCode.inputOutput.rawValue, "\(outcome.error)")
        #expect(outcome.error.contains("the system grants a worker no thread"), "\(outcome.error)")
      }
    }

    // MARK: - What the loader has loaded

    /// Lets the loader write what it loads, one file for each process.
    private func debug(_ modlab: Modlab, _ name: String) -> [String: String] {
      ["LD_DEBUG": "files", "LD_DEBUG_OUTPUT": "\(modlab.folder)/loader-\(name)"]
    }

    private func logs(_ modlab: Modlab, _ name: String) throws -> [String] {
      try Folder.contents(at: modlab.folder).filter { $0.hasPrefix("loader-\(name).") }
        .map { try modlab.text($0) }.filter { $0.contains("modlab") }
    }
  }
}

import Foundation
import Store
import TestSupport
import Testing

extension EndToEndTests {
  /// `modlab data` against a server that is slow, and processes that die.
  @Suite(.serialized) struct DataTests {
    private static let files = ["train-easy", "train-medium", "train-hard", "interpolate"].flatMap {
      folder in
      [
        "algebra__linear_1d", "arithmetic__add_or_sub", "calculus__differentiate",
        "comparison__sort", "polynomials__collect",
      ].map { "\(folder)/\($0).txt" }
    }

    private static func content(_ name: String) -> [UInt8] {
      Array((0..<300).map { "\(name) \($0)?\n\($0)\n" }.joined().utf8)
    }

    private static let archive = TestArchive.gzip(
      TestArchive.tar(files.map { .init("mathematics_dataset-v1.0/\($0)", content($0)) }))

    /// The set that is published without checksums, on a server.
    private func withServer(
      _ body: (Modlab, TestServer, _ words: [String]) throws -> Void
    ) throws {
      try Modlab.inTemporaryFolder { modlab in
        let server = TestServer()
        server["/mathematics/mathematics_dataset-v1.0.tar.gz"] = .init(Self.archive)
        try server.serving {
          try body(modlab, server, ["data", "fetch", "mathematics", "--mirror", server.address])
        }
      }
    }

    private func expectEverything(_ modlab: Modlab, _ comment: String = "") throws {
      let folder = modlab.folder + "/data/mathematics"
      for name in Self.files {
        let bytes = try? InputFile.bytes(at: "\(folder)/\(name)")
        #expect(bytes == Self.content(name), "\(comment) \(name)")
      }
      #expect(
        try FileManager.default.subpathsOfDirectory(atPath: folder)
          .filter { $0.contains("/.") || $0.hasPrefix(".") } == [], "\(comment)")
    }

    @Test func killedInTheMiddleTheNextCommandGoesOn() throws {
      try withServer { modlab, server, words in
        let path = "/mathematics/mathematics_dataset-v1.0.tar.gz"
        server[path]?.pause = 10_000
        let part = modlab.folder + "/data/mathematics/.mathematics_dataset-v1.0.tar.gz.part"
        func received() -> Int { (try? InputFile(part).size) ?? 0 }
        var kept: [Int] = []
        for _ in 0..<3 {
          let running = try modlab.start(words, environment: ["no_proxy": "127.0.0.1"])
          let before = received()
          try running.wait("some bytes") { received() >= before + 20_000 || !running.isRunning }
          running.send(SIGKILL)
          #expect(try running.finish().code == -SIGKILL)
          kept.append(received())
        }
        server[path]?.pause = 0
        let end = try modlab.run(words, environment: ["no_proxy": "127.0.0.1"])
        #expect(end.code == 0, "\(end.error)")
        #expect(end.output == "mathematics: 20 files in data/mathematics, 20 new\n")
        #expect(server.requests.map(\.offset) == [nil] + kept)
        try expectEverything(modlab)
        let again = try modlab.run(words)
        #expect(again.code == 0)
        #expect(again.output == "mathematics: 20 files in data/mathematics, all were present\n")
        #expect(server.requests.count == 4)
      }
    }

    @Test func aSignalStopsCleanlyAndWhatWasReceivedIsKept() throws {
      try withServer { modlab, server, words in
        server["/mathematics/mathematics_dataset-v1.0.tar.gz"]?.pause = 20_000
        let running = try modlab.start(words, environment: ["no_proxy": "127.0.0.1"])
        try running.wait("a request") { !server.requests.isEmpty }
        running.send(SIGINT)
        let outcome = try running.finish()
        #expect(outcome.code == 130, "\(outcome.error)")
        #expect(outcome.error.contains("the same command resumes where it stopped"))
      }
    }

    @Test func killedAtAnyWriteTheNextCommandEndsWithTheRightBytes() throws {
      #if DEBUG
        try withServer { modlab, _, words in
          var fired = 0
          for number in Depth.writePoints(widening: 2) {
            for action in ["kill", "torn", "enospc"] {
              try? FileManager.default.removeItem(atPath: modlab.folder + "/data")
              let outcome = try modlab.run(
                words,
                environment: [
                  "MODLAB_FAULT": "any:\(number):\(action)", "no_proxy": "127.0.0.1",
                ])
              if outcome.code == 0 { continue }
              fired += 1
              #expect([-9, 6].contains(outcome.code), "\(outcome.error)")
              let next = try modlab.run(words, environment: ["no_proxy": "127.0.0.1"])
              #expect(next.code == 0, "\(action) at \(number): \(next.error)")
              try expectEverything(modlab, "\(action) at \(number)")
            }
            if number > 400 { break }
          }
          #expect(fired >= 10)
        }
      #endif
    }

    @Test func anExperimentNamesTheCommandThatFetchesItsData() throws {
      try Modlab.inTemporaryFolder { modlab in
        try modlab.write(
          """
          schema: 1
          experiment: scan-lstm
          study: scan-lstm
          task: {source: official}
          model: {units: 8, layers: 1, embedding: 4}
          pretrain: {steps: 10, batch: 8}
          mask: {steps: 10}

          """, to: "m.yaml")
        for (options, command) in [
          ([], "modlab data fetch scan'"), (["--data", "d"], "modlab data fetch scan --data d'"),
        ] {
          let outcome = try modlab.run(
            ["run", "m.yaml", "--seeds", "1", "--profile", "paper"] + options
              + ["--out", "results\(options.count)"])
          #expect(outcome.code == 4, "\(outcome.error)")
          #expect(outcome.error.contains(command), "\(outcome.error)")
        }
      }
    }
  }
}

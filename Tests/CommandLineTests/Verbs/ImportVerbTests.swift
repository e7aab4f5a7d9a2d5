import Foundation
import Store
import Tensors
import TestSupport
import Testing

@testable import CommandLine

/// `modlab import check`.
@Suite struct ImportVerbTests {
  private static let programs = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("NetworkFilesTests/Goldens/programs").path

  @Test func layersAndSitesAreShown() throws {
    let terminal = Terminal()
    #expect(terminal.run(["import", "check", "\(Self.programs)/lstm-last.pt2"]) == .success)
    #expect(
      terminal.output == """
        input 5 (tokens below 11), output 3
        site       kind       output  parameters                                                       numbers
        emb        embedding  5×6     emb.weight 11×6                                                       66
        rnn        lstm       5×7     rnn.weight_ih_l0 28×6, rnn.weight_hh_l0 28×7, rnn.bias_ih_l0 28      392
        last-step  last-step  7
        out        linear     3       out.weight 3×7, out.bias 3                                            24

        482 parameters, 0.003682 MFLOP for one input

        """)
    #expect(terminal.error.contains("'rnn.bias_hh_l0' was added to 'rnn.bias_ih_l0'"))
  }

  @Test func outputsAreComparedWithThoseOfPyTorch() throws {
    try withTemporaryFolder { folder in
      let arrays = "\(folder)/check.safetensors"
      let all = try Safetensors.read("\(Self.programs)/outputs.safetensors").tensors
      var tensors = ["inputs": all["vgg/inputs"], "outputs": all["vgg/outputs"]].compactMapValues {
        $0
      }
      func check() throws -> (code: ExitCode, record: [String: JSONValue]) {
        try Safetensors.write(tensors, to: arrays)
        let terminal = Terminal()
        let words = ["import", "check", "\(Self.programs)/vgg.pt2", "--against", arrays, "--json"]
        let code = terminal.run(words)
        return (code, try #require(terminal.records.first?.objectValue))
      }
      let same = try check()
      #expect(same.code == .success && same.record["is_same"] == true)
      #expect(same.record["parameters"] == 473)
      var outputs = try #require(tensors["outputs"]?.float32)
      outputs[flat: 0] += 1
      tensors["outputs"] = .float32(outputs)
      let other = try check()
      #expect(other.code == .runFailed && other.record["is_same"] == false)
      #expect(abs((other.record["largest_difference"]?.numberValue ?? 0) - 1) < 1e-5)
    }
  }

  @Test func manifestsWithoutAFileOfANetworkAreRefused() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write(
        "schema: 1\nexperiment: line\nseeds: 1\n", to: "\(folder)/m.yaml")
      let terminal = Terminal()
      #expect(terminal.run(["import", "check", "\(folder)/m.yaml"]) == .usage)
      #expect(terminal.error.contains("comes from no file"))
    }
  }
}

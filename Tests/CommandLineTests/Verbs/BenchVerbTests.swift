import Store
import Tensors
import Testing

@testable import CommandLine

@Suite struct BenchVerbTests {
  @Test(arguments: [[], ["--json"]])
  func `a workload is one line of JSON`(_ options: [String]) throws {
    let terminal = Terminal()
    #expect(
      terminal.run(
        ["bench", "--workload", "addmul-fnn-small", "--stage", "mask", "--steps", "2"] + options)
        == .success)
    let lines = terminal.output.split(separator: "\n")
    #expect(lines.count == 1)
    let line = try JSONValue.parse(String(try #require(lines.first)), file: "output")
    #expect(line["schema"] == "modlab-bench-1")
    #expect(line["workload"] == "addmul-fnn-small" && line["stage"] == "mask")
    #expect(line["steps"] == 2 && line["threads"] == 1 && line["masked"] == 260_800)
    #expect(line["blas_kernel"] == .string(BLAS.coreName))
    #expect(line["kernel_level"] == .string(KernelLevel.active.rawValue))
    for figure in ["ms_per_step", "examples_per_s", "peak_rss_mib", "gemm_ms_per_step"] {
      let value = try #require(line[figure]?.numberValue, "\(figure)")
      #expect(value > 0, "\(figure)")
    }
  }

  @Test func `a job is measured as a whole`() throws {
    let terminal = Terminal()
    #expect(terminal.run(["bench", "--workload", "spectral-mlp", "--steps", "1"]) == .success)
    let line = try JSONValue.parse(terminal.output, file: "output")
    #expect(line["workload"] == "spectral-mlp" && line["stage"] == "cluster")
    #expect(line["rounds"] == 1 && line["threads"] == 1)
    for figure in ["seconds", "cpu_seconds", "peak_rss_mib"] {
      #expect(line[figure]?.numberValue ?? 0 > 0, "\(figure)")
    }
    #expect(
      terminal.run(["bench", "--workload", "spectral-mlp", "--stage", "mask"]) == .usage)
    #expect(terminal.error.contains("spectral-mlp has no stage 'mask'"))
  }

  @Test func `a misspelt workload is named`() {
    let terminal = Terminal()
    #expect(terminal.run(["bench", "--workload", "addmul-fnn-smal"]) == .usage)
    #expect(terminal.error.contains("did you mean 'addmul-fnn-small'?"))
  }
}

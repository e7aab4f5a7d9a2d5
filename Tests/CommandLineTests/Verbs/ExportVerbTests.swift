import ExperimentKit
import Runner
import Store
import Tensors
import TestSupport
import Testing

@testable import CommandLine

@Suite struct ExportVerbTests {
  private static let plain: [String: StoredTensor] = [
    "layer.weight": .float32(Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]))
  ]

  @Test func filesWithoutRecurrentLayersAreCopiedByteForByte() throws {
    try ExportableRun.with(["weights": Self.plain]) { folder, export in
      #expect(export([]).code == .success)
      let copied = try InputFile.bytes(at: folder + "/x/weights.safetensors")
      let original = try InputFile.bytes(at: folder + "/seed-04/weights.safetensors")
      #expect(copied == original)
    }
  }

  @Test func recurrentLayersGetASecondBiasOfZeros() throws {
    let weights: [String: StoredTensor] = [
      "lstm.bias_ih_l0": .float32(Tensor([1, 2, 3, 4], shape: [4])),
      "decoder.bias_ih_l1": .float32(Tensor([5, 6, 7, 8], shape: [4])),
    ]
    try ExportableRun.with(["weights": weights]) { folder, export in
      #expect(export([]).code == .success)
      let file = try Checkpoint.read(folder + "/x/weights.safetensors")
      #expect(file.warning == nil)
      let zeros = StoredTensor.float32(Tensor(zeros: [4]))
      let expected = weights.merging(["lstm.bias_hh_l0": zeros, "decoder.bias_hh_l1": zeros]) { $1 }
      #expect(file.tensors == expected)
      #expect(file.metadata["hash"] == "0123456789")
    }
  }

  @Test func whatCannotBeExportedIsSaidBeforeAnythingIsWritten() throws {
    try ExportableRun.with(["weights": Self.plain]) { folder, export in
      let (code, error) = export(["--evaluation-set"])
      #expect(code == .usage)
      #expect(error.contains("no evaluation set"))
      #expect(!Folder.exists(folder + "/x"))
    }
    try ExportableRun.with(["weights": Self.plain], version: 99) { folder, export in
      let (code, error) = export(["--evaluation-set"])
      #expect(code == .usage && error.contains("version 99"))
      #expect(!Folder.exists(folder + "/x"))
      #expect(export([]).code == .success)
    }
    try ExportableRun.with(["weights": Self.plain], metadata: [:]) { _, export in
      let (code, error) = export(["--evaluation-set"])
      #expect(code == .corrupt && error.contains("does not say with which seed"))
    }
  }

  @Test func changedWeightsAreRefused() throws {
    try ExportableRun.with(["weights": Self.plain]) { folder, export in
      try Safetensors.write(Self.plain, to: folder + "/seed-04/weights.safetensors")
      let (code, error) = export([])
      #expect(code == .corrupt && error.contains("has changed since the run was completed"))
    }
  }

  @Test func anEvaluationSetOfOtherDataThanTheRunHasReadIsRefused() throws {
    try ExportableRun.with(["weights": Self.plain]) { folder, export in
      try Folder.create(at: folder + "/data")
      let file = folder + "/data/points.txt"
      try AtomicFile.write("as read", to: file)
      let statusFile = RunFolder(path: folder + "/seed-04").statusFile
      var status = try RunStatus.read(statusFile)
      status.data["points.txt"] = DataFileRecord(
        digest: try SHA256.file(at: file),
        fingerprint: FileFingerprint(size: 7, modificationTime: 1, inode: 1))
      try status.write(to: statusFile)
      let words = ["--evaluation-set", "--data", folder + "/data"]
      // The same content in another file is the same: what is missing is an evaluation set.
      #expect(export(words).error.contains("no evaluation set"))
      try AtomicFile.write("changed", to: file)
      let (code, error) = export(words)
      #expect(code == .dataMissing)
      #expect(error.contains("data/points.txt' has other content than the run has read"))
      #expect(!Folder.exists(folder + "/x"))
    }
  }
}

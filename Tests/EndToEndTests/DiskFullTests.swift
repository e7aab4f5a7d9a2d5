import Foundation
import Store
import Testing

extension EndToEndTests {
  /// K4 on a real disk: full at ever later moments of a run.
  ///
  /// Where nothing can be mounted, ``WriteFaultTests`` with `enospc` still cover every write point.
  @Suite(.serialized) struct DiskFullTests {
    @Test(
      .enabled(
        if: Depth.isFull || TinyDisk.obstacle == nil,
        "no disk can be filled: \(TinyDisk.obstacle ?? ""); injected errors are tested instead"))
    func aFullDiskIsNamedAndNothingValidIsLost() throws {
      try Modlab.inTemporaryFolder { modlab in
        let sweep = try TinySweep(modlab, seeds: 0...0)
        try TinyDisk.with(modlab.folder + "/disk", kibibytes: 1024) { disk in
          let results = "disk/results"
          try sweep.prepare(results)
          var fullAt: [Int] = []
          var saved = 0
          for pages in stride(from: 0, to: 200, by: Depth.repetitions(3, full: 1)) {
            try disk.fill(leaving: pages)
            let outcome = try sweep.run(results)
            for folder in try sweep.runFolders(results) {
              // What is complete needs no checkpoint any more.
              if try sweep.isComplete(folder) { continue }
              let step = try sweep.savedStep(folder)
              #expect(step >= saved, "\(pages) pages free: a checkpoint is lost")
              saved = step
            }
            if outcome.code == 0 { break }
            fullAt.append(pages)
            #expect(outcome.code == 6, "\(outcome.error)")
            #expect(outcome.error.contains("'disk/results"), "the path: \(outcome.error)")
            #expect(outcome.error.contains("No space left on device"), "\(outcome.error)")
            #expect(outcome.error.contains(/\d+ bytes free/), "\(outcome.error)")
            #expect(outcome.error.contains("free some space and run the same"), "\(outcome.error)")
          }
          #expect(fullAt.count >= 3, "\(fullAt)")
          print("the disk was full at \(fullAt.count) fillings: \(fullAt) pages of 4 KiB free")
          try FileManager.default.removeItem(atPath: disk.folder + "/ballast")
          try sweep.expectTheSameEnd(results, "after the disk was full")
        }
      }
    }
  }
}

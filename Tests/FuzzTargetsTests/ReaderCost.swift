import Foundation
import FuzzTargets
import Glibc

/// What readers cost, measured in a process that does nothing else.
///
/// Memory is what the system counts: the resident size before, and its peak during the reading,
/// which `/proc/self/clear_refs` can reset. Freed memory goes back to the system first, so that a
/// reader cannot live on what an earlier one has left. Requests that are never touched are caught by
/// the fuzzer's limit on single requests.
enum ReaderCost {
  /// Of processor time, so that a busy machine does not matter. Debug builds are slower; a reader
  /// that needs more than linear time is noticed there too.
  private static var secondsPerMebibyte: Double {
    #if DEBUG
      10
    #else
      1
    #endif
  }

  /// Reads everything; says on standard error what costs too much.
  static func checkAll() {
    for target in FuzzTarget.allCases {
      let inputs = (try? FuzzTargetTests.inputs(target)) ?? []
      for (name, bytes) in inputs { check(target, name, bytes) }
    }
    for input in HostileInput.all {
      // Twice: what is allocated once per process must not count.
      _ = try? input.target.load(input.bytes(count: 1 << 10))
      // The first is just within the limits on the number of values.
      for count in [150 << 10, 1 << 20, 4 << 20] {
        check(input.target, input.name, input.bytes(count: count))
      }
    }
  }

  private static func check(_ target: FuzzTarget, _ name: String, _ bytes: [UInt8]) {
    giveFreedMemoryBack()
    let before = resident(afterReset: resetPeak())
    let start = processorSeconds()
    _ = try? target.load(bytes)
    let seconds = processorSeconds() - start
    let used = status("VmHWM") - before
    // The bytes themselves, once, are part of the memory before.
    let allowed = 3 * bytes.count + (16 << 20)
    let mebibytes = max(1, Double(bytes.count) / Double(1 << 20))
    if used > allowed {
      report("\(target.rawValue), \(name): \(used) bytes for a file of \(bytes.count)")
    }
    if seconds > secondsPerMebibyte * mebibytes {
      report("\(target.rawValue), \(name): \(seconds) s for \(bytes.count) bytes")
    }
  }

  /// `malloc_trim`, which the module map of the C library leaves out.
  private static func giveFreedMemoryBack() {
    typealias Trim = @convention(c) (Int) -> Int32
    guard let symbol = dlsym(nil, "malloc_trim") else { return }
    _ = unsafeBitCast(symbol, to: Trim.self)(0)
  }

  private static func report(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }

  private static func resetPeak() -> Bool {
    guard let file = fopen("/proc/self/clear_refs", "w") else { return false }
    let isWritten = fputs("5", file) >= 0
    return fclose(file) == 0 && isWritten
  }

  /// Where the peak cannot be reset, its growth is a lower bound of what was used.
  private static func resident(afterReset isReset: Bool) -> Int {
    status(isReset ? "VmRSS" : "VmHWM")
  }

  /// A size of this process in bytes.
  private static func status(_ name: String) -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
    return (line?.split(whereSeparator: { !$0.isNumber }).first).flatMap { Int($0) }.map {
      $0 << 10
    } ?? 0
  }

  private static func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

import CLibFuzzer
import FuzzTargets
import Glibc

/// Runs libFuzzer on one reader: `modlab-fuzz TARGET [CORPUS…] [-max_total_time=60 …]`.
@main
enum ModlabFuzz {
  /// The target that the first argument names.
  private static let target: FuzzTarget = {
    let arguments = CommandLine.arguments
    guard arguments.count > 1, let target = FuzzTarget(rawValue: arguments[1]) else {
      let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: "|")
      print("usage: modlab-fuzz \(names) [CORPUS…] [OPTION…]")
      exit(2)
    }
    return target
  }()

  static func main() {
    _ = target
    // libFuzzer takes the name of the program and its own arguments.
    let own = [CommandLine.arguments[0]] + CommandLine.arguments.dropFirst(2)
    var arguments = own.map { strdup($0) } + [nil]
    var count = Int32(own.count)
    let status = arguments.withUnsafeMutableBufferPointer { buffer in
      var start = buffer.baseAddress
      return LLVMFuzzerRunDriver(&count, &start) { data, size in
        _ = ModlabFuzz.target.read(Array(UnsafeBufferPointer(start: data, count: size)))
        return 0
      }
    }
    exit(status)
  }
}

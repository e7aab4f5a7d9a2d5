import Foundation
import Store

/// The files of `Fixtures`.
enum Fixtures {
  /// Folder with the fixtures.
  static let folder = Bundle.module.bundlePath + "/Fixtures"

  /// Folder with the malformed files; the message each must give stands in `<file>.txt`.
  static let badFolder = folder + "/bad"

  /// Names of the malformed files.
  static let badFiles: [String] =
    ((try? Folder.contents(at: badFolder)) ?? []).filter { !$0.hasSuffix(".txt") }
}

/// The failure that `body` throws, nil when it throws none.
func failure(_ body: () throws -> Void) -> Failure? {
  do {
    try body()
    return nil
  } catch {
    return error as? Failure
  }
}

/// A small deterministic source of numbers for mutations (SplitMix64).
struct TestNumbers {
  private var state: UInt64

  init(_ seed: UInt64) {
    state = seed
  }

  /// A number from 0 up to but excluding `bound`.
  mutating func next(below bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    z ^= z >> 31
    return Int(z % UInt64(bound))
  }

  /// The bytes with a few of them replaced, removed, repeated or cut off.
  mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0...next(below: 4) where !bytes.isEmpty {
      let place = next(below: bytes.count)
      switch next(below: 6) {
      case 0: bytes[place] = UInt8(next(below: 256))
      case 1: bytes[place] ^= UInt8(1 << next(below: 8))
      case 2: bytes.remove(at: place)
      case 3: bytes.insert(bytes[next(below: bytes.count)], at: place)
      case 4: bytes.removeLast(next(below: bytes.count))
      default:
        let end = min(bytes.count, place + 1 + next(below: 20))
        bytes.insert(contentsOf: bytes[place..<end], at: next(below: bytes.count))
      }
    }
    return bytes
  }
}

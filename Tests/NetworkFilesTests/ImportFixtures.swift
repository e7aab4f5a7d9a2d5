import Foundation
import Store
import Tensors
import TestSupport

/// Files of other programs that the tests of imports read.
enum ImportFixtures {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path
  /// Networks of PyTorch, and their outputs.
  static let programs = "\(root)/Goldens/programs"
  /// Files that are refused, each with its message.
  static let bad = "\(root)/Fixtures/bad"

  /// Names of the networks.
  static let programNames: [String] = {
    ((try? Folder.contents(at: programs)) ?? []).filter { $0.hasSuffix(".pt2") }.map {
      String($0.dropLast(".pt2".count))
    }
  }()

  /// Names of the files that are refused.
  static let badFiles: [String] = {
    ((try? Folder.contents(at: bad)) ?? []).filter { !$0.hasSuffix(".txt") }
  }()

  /// Inputs and outputs of a network, as PyTorch has computed them.
  static func outputs(_ name: String) throws -> [String: StoredTensor] {
    let all = try Safetensors.read("\(programs)/outputs.safetensors").tensors
    return Dictionary(
      uniqueKeysWithValues: ["inputs", "outputs"].compactMap { part in
        all["\(name)/\(part)"].map { (part, $0) }
      })
  }
}

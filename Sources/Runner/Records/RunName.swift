import ExperimentKit
import Store

/// What names a run: the study, the variant, the hash of the configuration and the seed.
public struct RunName: Hashable, Sendable, CustomStringConvertible {
  /// Name of the study.
  public let study: String
  /// Name of the variant.
  public let variant: String
  /// Hash of kind, version and resolved configuration.
  public let hash: String
  /// The seed.
  public let seed: Int

  /// Names a run.
  public init(study: String, variant: String, hash: String, seed: Int) {
    self.study = study
    self.variant = variant
    self.hash = hash
    self.seed = seed
  }

  /// The folder of the configuration below `runs`: `main-0123456789`.
  public var configurationName: String { "\(variant)-\(hash)" }

  /// The folder of the run below that of the configuration: `seed-03`.
  public var seedName: String { RunIdentity.seedFolderName(seed) }

  /// `addmul-fnn/main-0123456789/seed-03`
  public var description: String { "\(study)/\(configurationName)/\(seedName)" }

  /// Whether one run stands before another: by study, variant, hash and seed.
  public static func precedes(_ a: RunName, _ b: RunName) -> Bool {
    (a.study, a.variant, a.hash, a.seed) < (b.study, b.variant, b.hash, b.seed)
  }

  /// Splits the name of a configuration folder; nil when it is not one.
  static func parse(configurationName: String) -> (variant: String, hash: String)? {
    guard let dash = configurationName.lastIndex(of: "-"), dash > configurationName.startIndex
    else { return nil }
    let hash = String(configurationName[configurationName.index(after: dash)...])
    guard hash.count == 10, hash.allSatisfy({ $0.isHexDigit && !$0.isUppercase }) else {
      return nil
    }
    return (String(configurationName[..<dash]), hash)
  }

  /// The seed of a seed folder; nil when it is not one.
  static func parse(seedName: String) -> Int? {
    guard seedName.hasPrefix("seed-") else { return nil }
    let digits = seedName.dropFirst(5)
    guard digits.count >= 2, digits.allSatisfy({ ("0"..."9").contains($0) }) else { return nil }
    return Int(digits)
  }
}

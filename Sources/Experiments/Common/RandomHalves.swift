import Tensors

/// Random halves of a network's tensors, for networks whose tensors have no order from input to
/// output.
enum RandomHalves {
  /// How many halves are drawn at most.
  static let count = 5

  /// Up to five different sets of ⌈n/2⌉ of n names.
  static func of(_ names: [String], random: RandomStream) -> [Set<String>] {
    let size = (names.count + 1) / 2
    var halves: [Set<String>] = []
    // Small networks have few different halves; a bounded number of draws finds most of them.
    for draw in 0..<4 * count where halves.count < count {
      let half = Set(random.permutation(names.count, step: draw).prefix(size).map { names[$0] })
      if !halves.contains(half) { halves.append(half) }
    }
    return halves
  }
}

import ExperimentKit

/// What masks would share if they had nothing to do with each other, from the counts that tables have.
///
/// The row `all` is the share of the summed counts, each layer with its own sizes.
enum SharingByChance {
  /// `shared_frac_chance` of `layer_stats`: of the weights that a stage keeps in a layer, each is kept by another
  /// stage but the first with the probability 1 − Π (1 − kept_frac), over these stages.
  static func ofStages(_ rows: [Record]) -> [Record] {
    let metrics = rows.byKeys
    // Only the stages that are compared have something shared.
    let compared = rows.filter { $0.metric == "n_shared" && $0.keys[1] != whole }.map(\.keys)
    let stages = Dictionary(grouping: compared) { $0[1] }
    return records(of: compared, "shared_frac_chance", metrics) { keys in
      var missed = 1.0
      for other in stages[keys[1]] ?? [] where other != keys {
        missed *= 1 - (metrics[other]?["kept_frac"] ?? 0)
      }
      return 1 - missed
    }
  }

  /// `iomin_chance` of `pair_overlap`, from the expected intersection that `iou_chance` has.
  static func ofPairs(_ rows: [Record]) -> [Record] {
    let metrics = rows.byKeys
    return rows.compactMap { row in
      guard row.metric == "iou_chance", let a = metrics[row.keys]?["n_a"],
        let b = metrics[row.keys]?["n_b"]
      else { return nil }
      let intersection = row.value / (1 + row.value) * (a + b)
      return Record(
        keys: row.keys, metric: "iomin_chance", value: intersection / max(min(a, b), 1))
    }
  }

  /// `shared_frac_chance` of `transfer`: the share of a layer's weights that earlier permutations use.
  ///
  /// - Parameter sizes: rows of `layer_stats`, which has the numbers of weights.
  static func ofTransfer(_ rows: [Record], sizes: [Record]) -> [Record] {
    let metrics = rows.byKeys
    var weights: [String: Double] = [:]
    for row in sizes where row.metric == "n_weights" { weights[row.keys[1]] = row.value }
    let compared = rows.filter { $0.metric == "n_shared" && $0.keys[1] != whole }.map(\.keys)
    return records(of: compared, "shared_frac_chance", metrics) { keys in
      guard let permutation = Int(keys[0]), let count = weights[keys[1]], count > 0 else {
        return nil
      }
      // What each permutation has added to those before it.
      let used = (0..<permutation).reduce(0.0) { sum, earlier in
        let own = metrics[[String(earlier), keys[1]]] ?? [:]
        return sum + (own["n_kept"] ?? 0) - (own["n_shared"] ?? 0)
      }
      return used / count
    }
  }

  private static let whole = "all"

  /// A row for each of the keys, whose second one is a layer, and for all layers together.
  ///
  /// - Parameter chance: the share of a layer.
  private static func records(
    of keys: [[String]], _ metric: String, _ metrics: [[String]: [String: Double]],
    _ chance: ([String]) -> Double?
  ) -> [Record] {
    var records: [Record] = []
    var sums: [String: (kept: Double, shared: Double)] = [:]
    for keys in keys {
      guard let share = chance(keys), let kept = metrics[keys]?["n_kept"] else { continue }
      records.append(Record(keys: keys, metric: metric, value: kept > 0 ? share : 0))
      let sum = sums[keys[0], default: (0, 0)]
      sums[keys[0]] = (sum.kept + kept, sum.shared + kept * share)
    }
    return records
      + sums.sorted { $0.key < $1.key }.map { key, sum in
        Record(keys: [key, whole], metric: metric, value: sum.shared / max(sum.kept, 1))
      }
  }
}

extension [Record] {
  /// The values of every metric by the keys of its row.
  fileprivate var byKeys: [[String]: [String: Double]] {
    reduce(into: [:]) { $0[$1.keys, default: [:]][$1.metric] = $1.value }
  }
}

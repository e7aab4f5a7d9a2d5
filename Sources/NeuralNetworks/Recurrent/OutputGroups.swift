import Autograd
import Tensors

/// Which rows each mask sample of the output layer serves, where a recurrent network applies that layer
/// to states of several steps at once.
public enum OutputGroups: String, Sendable, Hashable, CaseIterable {
  /// Those of its part of the batch, as in all other layers.
  case elements
  /// Those of its part of all states, which are joined first: step after step, each with all elements
  /// of the batch, sequences padded to the longest one. A part then consists of steps rather than
  /// elements, and with a loss at the last of many steps only the last samples take part in it.
  ///
  /// It is what the published code of Csordás et al. (ICLR 2021) does.
  case timeMajor = "time-major"
}

extension ForwardPass {
  /// The outputs for states of a recurrent network.
  ///
  /// - Parameters:
  ///   - layer: the output layer.
  ///   - hidden: the states.
  ///   - layout: where they lie, packed by step.
  ///   - rows: those that are wanted, in the order of the result; all of them when nil.
  ///   - groups: the rows of the result that belong to each part of the batch.
  func outputs(
    of layer: Linear<Scalar>, _ hidden: Value<Scalar>, layout: SequenceLayout,
    rows: [Int]? = nil, groups: RowGroups
  ) -> Value<Scalar> {
    func apply(_ states: Value<Scalar>, _ groups: RowGroups) -> Value<Scalar> {
      linear(states, weight: layer.weight, bias: layer.bias, groups: groups)
    }
    guard outputGroups == .timeMajor, samples > 1 else {
      return apply(rows.map { graph.gather(hidden, rows: $0) } ?? hidden, groups)
    }
    let wanted = rows ?? Array(0..<layout.rows)
    let places = layout.timeMajorPlaces
    let order = wanted.indices.sorted { places[wanted[$0]] < places[wanted[$1]] }
    let all = layout.longest * layout.batch
    let starts = (0...samples).map { sample in
      order.count { places[wanted[$0]] * samples < sample * all }
    }
    let outputs = apply(
      graph.gather(hidden, rows: order.map { wanted[$0] }), RowGroups(starts: starts))
    var positions = [Int](repeating: 0, count: order.count)
    for (position, row) in order.enumerated() { positions[row] = position }
    return graph.gather(outputs, rows: positions)
  }
}

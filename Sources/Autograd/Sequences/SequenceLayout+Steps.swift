import Tensors

/// The rows of one step of one slice, and the elements they belong to.
public struct StepRows: Sendable, Hashable {
  /// The slice.
  public let slice: Int
  /// The first row.
  public let row: Int
  /// The rank of the element of the first row; those of the next rows have the next ranks.
  public let rank: Int
  /// The number of elements that have this step.
  public let count: Int
}

// Steps of sequences that are packed by step, for recurrent layers. States of all elements are
// rows in the order of ranks: those of a slice that take part in a step are its first ones.
extension SequenceLayout {
  /// The rows of a step, slice by slice; slices without elements that long are left out.
  ///
  /// - Precondition: packed by step.
  public func rows(atStep step: Int) -> [StepRows] {
    require(packing == .byStep, "the rows of a step lie apart when packed by element")
    return (0..<samples).compactMap { slice in
      let count = activeCount(slice: slice, step: step)
      return count == 0
        ? nil
        : StepRows(
          slice: slice, row: start(slice: slice, step: step), rank: slice * sliceSize, count: count)
    }
  }

  /// Whether all elements of every slice have equally many steps.
  var hasEvenSlices: Bool {
    (0..<samples).allSatisfy { slice in
      Set(lengths[slice * sliceSize..<(slice + 1) * sliceSize]).count <= 1
    }
  }

  /// All rows, for a map of `mapSamples` weight samples.
  func allRows(forMapOf mapSamples: Int) -> [RowBlock] {
    RowGroups(of: [rows, 0], samples: mapSamples, groups, operation: "rows of sequences").blocks
  }

  /// The step before as input and the step itself as output, for a map of `mapSamples` samples.
  func transition(toStep step: Int, forMapOf mapSamples: Int) -> [RowBlock] {
    blocks(atStep: step, mapSamples, from: { start(slice: $0.slice, step: step - 1) }, to: \.row)
  }

  /// Rows of states by rank as input and the step as output.
  func transition(fromRanksToStep step: Int, forMapOf mapSamples: Int) -> [RowBlock] {
    blocks(atStep: step, mapSamples, from: \.rank, to: \.row)
  }

  /// The rows of a step as input and output, for a map of `mapSamples` samples.
  func blocks(atStep step: Int, forMapOf mapSamples: Int) -> [RowBlock] {
    blocks(atStep: step, mapSamples, from: \.row, to: \.row)
  }

  /// The rows of a step as input and states by rank as output, for a map of `mapSamples` samples.
  public func transition(
    toRanksFromStep step: Int, forMapOf mapSamples: Int
  ) -> [RowBlock] {
    blocks(atStep: step, mapSamples, from: \.row, to: \.rank)
  }

  private func blocks(
    atStep step: Int, _ mapSamples: Int, from input: (StepRows) -> Int,
    to output: (StepRows) -> Int
  ) -> [RowBlock] {
    rows(atStep: step).map { rows in
      RowBlock(
        sample: groups.sample(serving: rows.slice, of: mapSamples), inputRow: input(rows),
        outputRow: output(rows), count: rows.count)
    }
  }

  /// The first row of a step of a slice.
  func start(slice: Int, step: Int) -> Int { starts[slice][step] }

  /// The number of elements of a slice that have a step.
  func activeCount(slice: Int, step: Int) -> Int {
    step + 1 < starts[slice].count ? starts[slice][step + 1] - starts[slice][step] : 0
  }

  // MARK: Between batch and ranks

  /// Rows in the order of the batch (from `first` on) brought into the order of ranks.
  func ranked<Scalar>(_ states: Tensor<Scalar>, from first: Int = 0) -> Tensor<Scalar> {
    if keepsOrder { return states.rows(first..<first + batch) }
    return states.gatheringRows(order.map { first + $0 })
  }

  /// Rows in the order of ranks brought into the order of the batch.
  func unranked<Scalar>(_ states: Tensor<Scalar>) -> Tensor<Scalar> {
    keepsOrder ? states : states.gatheringRows(ranks)
  }
}

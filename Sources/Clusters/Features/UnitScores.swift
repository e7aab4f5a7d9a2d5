import Autograd
import Tensors

extension Graph {
  /// How much each image excites its units.
  ///
  /// score_b = Σ_k m_bk a_bk with a the mean of a unit's map, or |a| for the absolute objective
  ///
  /// Shapes: outputs B×K or B×H×W×K, members B×K → B.
  /// Gradient: of the outputs, dscore_b m_bk / (HW), times the sign of a for the absolute objective;
  /// members carry none.
  ///
  /// - Parameters:
  ///   - outputs: of a unit layer, or what its activation function takes.
  ///   - members: 1 for each unit that an image is of, else 0.
  ///   - objective: whether signs count.
  package func unitScores(
    _ outputs: Value<Scalar>, members: Tensor<Scalar>, objective: FeatureObjective
  ) -> Value<Scalar> {
    let shape = outputs.shape
    let (count, units) = (members.shape[0], members.shape[1])
    require(
      (shape.rank == 2 || shape.rank == 4) && shape[0] == count && shape[shape.rank - 1] == units,
      "the scores of \(members.shape) units from outputs \(shape)")
    let pixels = shape.count / max(count * units, 1)
    var factors = members
    var means = outputs.tensor.meansOfMaps(count, pixels, units)
    if objective == .absolute {
      let signs = Tensor<Scalar>(means.scalars.map { $0 < 0 ? -1 : 1 }, shape: means.shape)
      factors.multiply(by: signs)
    }
    means.multiply(by: factors)
    let scores = means.rowSums().map { Scalar($0) }
    factors.scale(by: 1 / Scalar(pixels))

    let place = outputs.place
    return record(Tensor(scores, shape: [count]), inputs: [outputs]) { dScores, pull in
      guard pull.wants(place) else { return }
      var rows = factors
      rows.scaleRows(by: dScores)
      pull.add(
        pixels == 1
          ? rows.reshaped(to: shape) : rows.repeatedRows(pixels).reshaped(to: shape), to: place)
    }
  }
}

extension Tensor {
  /// The mean of the map of each image and unit: B×…×K → B×K.
  fileprivate func meansOfMaps(_ count: Int, _ pixels: Int, _ units: Int) -> Tensor {
    guard pixels > 1 else { return reshaped(to: [count, units]) }
    var result = Tensor(uninitialized: [count, units])
    result.withUnsafeMutableBufferPointer { sums in
      withUnsafeBufferPointer { x in
        guard let sums = sums.baseAddress, let x = x.baseAddress else { return }
        for image in 0..<count {
          Scalar.sumRows(
            pixels, units, x + image * pixels * units, sums + image * units, adds: false)
        }
      }
    }
    result.scale(by: 1 / Scalar(pixels))
    return result
  }

  /// Multiplies each row by a number.
  fileprivate mutating func scaleRows(by factors: Tensor) {
    let columns = shape[1]
    let rows = shape[0]
    withUnsafeMutableBufferPointer { x in
      guard let x = x.baseAddress else { return }
      for row in 0..<rows {
        let start = x + row * columns
        Scalar.scale(columns, factors[flat: row], Scalar.In(start), start)
      }
    }
  }

  /// Each row several times: B×K → B·n×K.
  fileprivate func repeatedRows(_ times: Int) -> Tensor {
    let (rows, columns) = (shape[0], shape[1])
    var result = Tensor(zeros: [rows * times, columns])
    result.withUnsafeMutableBufferPointer { y in
      withUnsafeBufferPointer { x in
        guard let x = x.baseAddress, let y = y.baseAddress else { return }
        for row in 0..<rows {
          Scalar.addRowVector(times, columns, x + row * columns, y + row * times * columns)
        }
      }
    }
    return result
  }
}

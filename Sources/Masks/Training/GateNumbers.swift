import Tensors

// What an estimator says of all gates of a group. Loops are compiled for both element types: through
// witnesses they take a hundred times as long.

/// 1 for every gate that the finished mask keeps, 0 for the others.
@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
func gatesKept<Scalar: TensorScalar>(
  _ logits: UnsafeBufferPointer<Scalar>, _ estimator: any MaskEstimator
) -> [UInt8] {
  let estimator = estimator.fitted { logits.map { Double($0) } }
  return logits.map { estimator.isKept(logit: Double($0)) ? 1 : 0 }
}

@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
func gateKeepProbabilities<Scalar: TensorScalar>(
  _ logits: UnsafeBufferPointer<Scalar>, _ estimator: any MaskEstimator
) -> [Double] {
  let estimator = estimator.fitted { logits.map { Double($0) } }
  return logits.map { estimator.keepProbability(logit: Double($0)) }
}

@_specialize(where Scalar == Float)
@_specialize(where Scalar == Double)
func gateRanks<Scalar: TensorScalar>(
  _ logits: UnsafeBufferPointer<Scalar>, _ estimator: any MaskEstimator
) -> [Scalar] {
  logits.map { Scalar(estimator.rank(logit: Double($0))) }
}

import ExperimentKit
import Store
import Tensors

/// Gradient descent with momentum and noise towards a target: a loop whose every step depends on
/// all steps before it.
final class NoisyDescent: Resumable {
  private(set) var point: Tensor<Float>
  private var momentum: Tensor<Float>
  private var meanLoss = 0.0

  init(_ start: Tensor<Float>) {
    point = start
    momentum = Tensor(zeros: start.shape)
  }

  func step(
    _ step: Int, target: Tensor<Float>, rate: Double, pull: Double = 0, noise: RandomStream
  ) -> Double {
    var gradient = point - target
    gradient.add(noise.normal(point.shape, standardDeviation: 0.1, step: step))
    gradient.add(point, scaledBy: Float(pull))
    momentum.scale(by: 0.9)
    momentum.add(gradient)
    point.add(momentum, scaledBy: Float(-rate))
    let loss = gradient.sumOfSquares()
    meanLoss = 0.8 * meanLoss + 0.2 * loss
    return meanLoss
  }

  func checkpoint() -> [String: StoredTensor] {
    [
      "point": .float32(point), "optimizer.momentum": .float32(momentum),
      "mean_loss": .float64(Tensor([meanLoss], shape: [1])),
    ]
  }

  func restore(_ tensors: [String: StoredTensor]) throws {
    try restoreResult(tensors)
    guard let momentum = tensors["optimizer.momentum"]?.float32,
      let loss = tensors["mean_loss"]?.float64
    else { throw Failure(.corrupt, "the state is incomplete") }
    self.momentum = momentum
    meanLoss = loss.item
  }

  func result() -> [String: StoredTensor] { ["point": .float32(point)] }

  func restoreResult(_ tensors: [String: StoredTensor]) throws {
    guard let point = tensors["point"]?.float32, point.shape == self.point.shape else {
      throw Failure(.corrupt, "the state has no usable point")
    }
    self.point = point
  }
}

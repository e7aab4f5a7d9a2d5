import Autograd
import NeuralNetworks
import Tensors

/// Classifies images under many lesions of one network.
///
/// Images are taken in parts, and for every part all lesions. The outputs of the layer with the
/// silenced units are computed once; a lesion changes the products of the next weights by those of the
/// silenced units alone, z − W[:, dead]·(u[dead] − c), with c what the weights take from a silent unit (0,
/// or what a normalisation makes of it), and only what follows is computed again. Where the two largest
/// logits come so close that rounding may decide, the answer is that of the network with silenced
/// outputs, so that predictions are those of a whole pass.
///
/// Of equal logits the lowest class counts.
public struct LesionEngine {
  /// The network.
  public let network: UnitNetwork<Float>
  private let pass: ForwardPass<Float>

  /// Logits that differ by less than this share of the largest one are compared without the update:
  /// a hundred times the relative rounding of a network's sums.
  private static let doubt: Float = 1e-4
  /// Numbers that the widest outputs of a part's images may have.
  private static let partSize = 1 << 21
  private static let maximumPart = 512

  /// Classifies with the parameters that a network has now.
  public init(_ network: UnitNetwork<Float>) {
    self.network = network
    pass = ForwardPass(graph: Graph(), source: FrozenParameters())
  }

  // MARK: - Counting

  /// How many images make a part: as many as keep the memory small. Results depend on it in rounding
  /// only.
  public static func imagesPerPart(_ units: UnitLayers) -> Int {
    let widest = ([units.description.input] + units.layers.map(\.output)).map(\.count).max() ?? 1
    return min(maximumPart, max(1, partSize / max(widest, 1)))
  }

  /// Adds the images of a part to counts.
  ///
  /// - Parameters:
  ///   - images: B×….
  ///   - targets: the class of each image.
  ///   - lesions: as many as the counts have.
  public func count(
    _ images: Tensor<Float>, targets: some Collection<Int>, under lesions: [Lesion],
    into counts: inout LesionCounts
  ) {
    require(
      images.shape[0] == targets.count && lesions.count == counts.lesions
        && targets.allSatisfy { $0 >= 0 && $0 < counts.classes },
      "\(images.shape[0]) images with \(targets.count) classes under \(lesions.count) lesions for "
        + "counts of \(counts.lesions) lesions and \(counts.classes) classes")
    counts.add(images: targets)
    forEachPrediction(of: images, under: lesions) { lesion, predictions in
      counts.add(predictions: predictions, targets: targets, lesion: lesion)
    }
  }

  /// The classes of the images of a part under every lesion.
  public func predictions(of images: Tensor<Float>, under lesions: [Lesion]) -> [[Int]] {
    var result = [[Int]](repeating: [], count: lesions.count)
    forEachPrediction(of: images, under: lesions) { result[$0] = $1 }
    return result
  }

  private func forEachPrediction(
    of images: Tensor<Float>, under lesions: [Lesion],
    _ body: (_ lesion: Int, _ predictions: [Int]) -> Void
  ) {
    lesions.forEach { $0.check(network.units) }
    var groups: [Int: [Int]] = [:]
    let inputs = UnitState(pass.graph.constant(images))
    let intact = network.logits(from: inputs, after: nil, in: pass).tensor
    for (index, lesion) in lesions.enumerated() {
      if let layer = lesion.firstLayer {
        groups[layer, default: []].append(index)
      } else {
        body(index, intact.argmaxRows())
      }
    }
    guard let last = groups.keys.max() else { return }
    var outputs = inputs
    for layer in 0...last {
      outputs = network.outputs(of: layer, from: outputs, in: pass)
      guard let group = groups[layer] else { continue }
      let state = LesionedLayer(network, pass, layer: layer, outputs: outputs)
      for index in group { body(index, predictions(of: lesions[index], state, intact: intact)) }
    }
  }

  // MARK: - One lesion

  private func predictions(
    of lesion: Lesion, _ state: LesionedLayer, intact: Tensor<Float>
  ) -> [Int] {
    let dead = lesion.units[state.layer] ?? []
    guard let updated = state.products(without: dead), let next = state.next else {
      return masked(lesion, state.layer, state.outputs).argmaxRows()
    }
    let logits = logits(fromProducts: updated, of: next, lesion)
    var predictions = logits.argmaxRows()
    let doubtful = Self.doubtfulRows(logits, intact: intact)
    guard !doubtful.isEmpty else { return predictions }
    let outputs = state.outputs.map { pass.graph.constant($0.tensor.selectingRows(doubtful)) }
    for (row, predicted) in zip(doubtful, masked(lesion, state.layer, outputs).argmaxRows()) {
      predictions[row] = predicted
    }
    return predictions
  }

  private func logits(
    fromProducts z: UnitState<Float>, of next: UnitLayers.NextWeights, _ lesion: Lesion
  ) -> Tensor<Float> {
    guard let last = lesion.lastLayer, last > next.layer else {
      return network.logits(fromProducts: z, of: next, in: pass).tensor
    }
    let outputs = network.outputs(fromProducts: z, of: next, in: pass)
    return masked(lesion, next.layer + 1, outputs)
  }

  /// The logits from the outputs of a layer, with silenced outputs there and behind.
  private func masked(
    _ lesion: Lesion, _ layer: Int, _ outputs: UnitState<Float>
  ) -> Tensor<Float> {
    var (layer, outputs) = (layer, silencing(lesion, layer, outputs))
    while let last = lesion.lastLayer, layer < last {
      layer += 1
      outputs = silencing(lesion, layer, network.outputs(of: layer, from: outputs, in: pass))
    }
    return network.logits(from: outputs, after: layer, in: pass).tensor
  }

  private func silencing(
    _ lesion: Lesion, _ layer: Int, _ outputs: UnitState<Float>
  ) -> UnitState<Float> {
    guard let units = lesion.units[layer] else { return outputs }
    var result = outputs
    result.value = pass.graph.constant(outputs.value.tensor.silencing(units))
    return result
  }

  /// Rows whose two largest numbers lie close to each other, compared with the numbers that they were
  /// computed from; rows with NaN among them.
  private static func doubtfulRows(_ logits: Tensor<Float>, intact: Tensor<Float>) -> [Int] {
    let columns = logits.shape[1]
    return logits.withUnsafeBufferPointer { logits in
      intact.withUnsafeBufferPointer { intact in
        (0..<(logits.count / columns)).filter { row in
          var (first, second, scale) = (-Float.infinity, -Float.infinity, Float.zero)
          for index in (row * columns)..<((row + 1) * columns) {
            let value = logits[index]
            if value > first {
              (first, second) = (value, first)
            } else {
              second = max(second, value)
            }
            scale = max(scale, abs(value), abs(intact[index]))
          }
          return !(first - second > doubt * scale)
        }
      }
    }
  }
}

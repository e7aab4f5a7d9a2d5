import Autograd
import NeuralNetworks
import Tensors

/// The outputs of a unit layer for some images, and what the next weights make of them.
struct LesionedLayer {
  /// Number of the unit layer.
  let layer: Int
  /// B×K, or B×H×W×K.
  let outputs: UnitState<Float>
  /// The weights whose products are updated; nil when none follow.
  let next: UnitLayers.NextWeights?
  private let update: Update?
  private let graph: Graph<Float>

  private struct Update {
    /// What the weights take, B×C or B×H×W×C, and what they make of it.
    let inputs: Tensor<Float>
    let products: UnitState<Float>
    /// What the weights take when all units are silent; as one example of `inputs`.
    let silent: Tensor<Float>
    /// K×C, or K×C×R×R.
    let weight: Tensor<Float>
    /// Inputs that come from one unit.
    let span: Int
  }

  init(
    _ network: UnitNetwork<Float>, _ pass: ForwardPass<Float>, layer: Int,
    outputs: UnitState<Float>
  ) {
    graph = pass.graph
    self.layer = layer
    self.outputs = outputs
    let units = network.units
    next = units.nextWeights(after: layer)
    guard let next,
      let weight = network.parameters.first(where: { $0.name == next.weight.name })?.value
    else {
      update = nil
      return
    }
    let inputs = network.inputs(of: next, from: outputs, in: pass)
    let zeros = Tensor<Float>(zeros: units.layers[layer].output.prepending(1))
    let silent = network.inputs(of: next, from: UnitState(graph.constant(zeros)), in: pass)
    update = Update(
      inputs: inputs.value.tensor, products: network.products(of: next, from: inputs, in: pass),
      silent: silent.value.tensor,
      weight: weight, span: weight.shape[1] / units.layers[layer].width)
  }

  /// The products of the next weights when some units are silent, or nil when that is no less work
  /// than to compute them anew.
  func products(without dead: [Int]) -> UnitState<Float>? {
    guard let update, let next, 2 * dead.count * update.span <= update.weight.shape[1] else {
      return nil
    }
    let columns = dead.flatMap { ($0 * update.span)..<(($0 + 1) * update.span) }
    let change = update.inputs.columnsSubtracted(from: update.silent, columns)
    let matrix = WeightMatrix(update.weight.selectingInputs(columns))
    var state = update.products
    var products = state.value.tensor
    guard let geometry = next.geometry else {
      matrix.multiply(
        change, into: &products, blocks: [RowBlock(all: change.shape[0])], adds: true)
      state.value = graph.constant(products)
      return state
    }
    let patches = PatchLayout(images: change.shape, geometry)
    let rows = RowBlock(all: change.shape[0] * patches.rows)
    matrix.over(patches).multiply(change, into: &products, blocks: [rows], adds: true)
    state.value = graph.constant(products)
    return state
  }
}

extension Tensor<Float> {
  /// Silent units: columns of the last axis replaced by 0.
  func silencing(_ units: [Int]) -> Tensor {
    guard !units.isEmpty else { return self }
    let columns = shape[shape.rank - 1]
    var result = self
    result.withUnsafeMutableBufferPointer { values in
      for start in stride(from: 0, to: values.count, by: columns) {
        for unit in units { values[start + unit] = 0 }
      }
    }
    return result
  }

  /// Some rows of the first axis.
  func selectingRows(_ rows: [Int]) -> Tensor {
    let size = shape.dropFirst().count
    var result = Tensor(uninitialized: shape.replacing(axis: 0, with: rows.count))
    result.withUnsafeMutableBufferPointer { target in
      withUnsafeBufferPointer { source in
        for (place, row) in rows.enumerated() {
          for index in 0..<size { target[place * size + index] = source[row * size + index] }
        }
      }
    }
    return result
  }

  /// Some columns of the last axis, subtracted from those of one example.
  fileprivate func columnsSubtracted(from example: Tensor, _ columns: [Int]) -> Tensor {
    let width = shape[shape.rank - 1]
    var result = Tensor(
      uninitialized: shape.replacing(axis: shape.rank - 1, with: columns.count))
    let pixels = width == 0 ? 0 : example.count / width
    result.withUnsafeMutableBufferPointer { target in
      withUnsafeBufferPointer { source in
        example.withUnsafeBufferPointer { example in
          columns.withUnsafeBufferPointer { columns in
            var place = 0
            for start in stride(from: 0, to: source.count, by: width) {
              let pixel = start / width % pixels * width
              for column in columns {
                target[place] = example[pixel + column] - source[start + column]
                place += 1
              }
            }
          }
        }
      }
    }
    return result
  }

  /// The weights of some inputs: K×C → K×columns, or K×C×R×R → K×columns×R×R.
  fileprivate func selectingInputs(_ columns: [Int]) -> Tensor {
    let (outputs, inputs) = (shape[0], shape[1])
    let taps = shape.dropFirst().dropFirst().count
    var result = Tensor(uninitialized: shape.replacing(axis: 1, with: columns.count))
    result.withUnsafeMutableBufferPointer { target in
      withUnsafeBufferPointer { source in
        var place = 0
        for output in 0..<outputs {
          for column in columns {
            for tap in 0..<taps {
              target[place] = source[(output * inputs + column) * taps + tap]
              place += 1
            }
          }
        }
      }
    }
    return result
  }
}

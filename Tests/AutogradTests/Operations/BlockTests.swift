import Autograd
import Tensors
import Testing

/// Rows and columns of a matrix, against values written down by hand.
@Suite struct BlockTests {
  private let block = LiveBlock(of: [3, 4], rows: [0, 2], columns: [1, 3])

  @Test func `elements are those of the rows and columns`() throws {
    let graph = Graph<Double>()
    let x = graph.variable(Tensor<Double>((0..<12).map(Double.init), shape: [3, 4]))
    let y = graph.elements(x, of: block)
    #expect(y.tensor == Tensor([1, 3, 9, 11], shape: [2, 2]))
    graph.backward(from: graph.sum(graph.scale(y, by: 2)))
    #expect(
      try #require(graph.gradient(of: x))
        == Tensor([0, 2, 0, 2, 0, 0, 0, 0, 0, 2, 0, 2], shape: [3, 4]))
  }

  @Test func `elements are put where they belong`() throws {
    let graph = Graph<Double>()
    let x = graph.variable(Tensor<Double>([1, 2, 3, 4], shape: [2, 2]))
    let matrix = Tensor<Double>(repeating: 7, shape: [3, 4])
    let y = graph.put(x, in: block, of: matrix)
    #expect(y.tensor == Tensor([7, 1, 7, 2, 7, 7, 7, 7, 7, 3, 7, 4], shape: [3, 4]))
    graph.backward(from: graph.sum(graph.multiply(y, y)))
    #expect(try #require(graph.gradient(of: x)) == Tensor([2, 4, 6, 8], shape: [2, 2]))
  }
}

import Synchronization
import Tensors

/// Numbers the tapes of all graphs, so that a value of one tape is never taken for a value of
/// another.
private let tapeCounter = Atomic<UInt64>(1)

/// A define-by-run tape for reverse-mode differentiation.
///
/// Every operation computes its result at once and, if one of its inputs needs a gradient, notes a
/// pullback on the tape. ``backward(from:)`` runs the pullbacks in reverse order and so carries the
/// gradient of a scalar back to the variables. Operations are methods of the graph, one file each
/// in `Operations/`, with the forward formula and the pullback side by side.
///
/// ```swift
/// let graph = Graph<Float>()
/// for step in 0..<steps {
///   graph.reset()
///   let w = graph.variable(weight)
///   let loss = graph.mean(graph.relu(graph.linear(graph.constant(x), weight: w)))
///   graph.backward(from: loss)
///   if let gradient = graph.gradient(of: w) { weight.add(gradient, scaledBy: -0.1) }
/// }
/// ```
///
/// The backward pass consumes the tape: pullbacks and inner gradients are dropped as soon as they
/// have been used, so their buffers serve the rest of the pass. After the first step no new buffers
/// are allocated.
///
/// A graph belongs to one thread.
public final class Graph<Scalar: TensorScalar> {
  /// Distributes the gradient `dY` of an operation's result over its inputs.
  public typealias Pullback = (_ dY: Tensor<Scalar>, _ pull: Pull<Scalar>) -> Void

  private struct Node {
    let isLeaf: Bool
    /// Of an inner value, until the backward pass has consumed it.
    var pullback: Pullback?
    /// What has arrived so far; of an inner value only until its pullback has run.
    var gradient: Tensor<Scalar>?
    let buffer: GradientBuffer<Scalar>?
    var keepsGradient = false
    var keptGradient: Tensor<Scalar>?
  }

  private var nodes: [Node] = []
  private var tape: UInt64

  /// A deliberate error in the next backward pass; for tests of the gradient check.
  package var fault: PullbackFault?
  /// Contributions made in the last backward pass.
  package private(set) var contributionCount = 0
  /// Whether ``fault`` changed a number in the last backward pass.
  package private(set) var faultMadeADifference = false

  /// An empty tape.
  public init() { tape = tapeCounter.wrappingAdd(1, ordering: .relaxed).newValue }

  /// Number of places on the tape: variables, and operations that need a gradient.
  public var count: Int { nodes.count }

  /// Drops the tape with all gradients that are not in a ``GradientBuffer``.
  ///
  /// The memory of the tape is kept; the buffers of its tensors return to the pool.
  public func reset() {
    nodes.removeAll(keepingCapacity: true)
    tape = tapeCounter.wrappingAdd(1, ordering: .relaxed).newValue
  }

  // MARK: Leaves

  /// A value without a gradient.
  public func constant(_ tensor: Tensor<Scalar>) -> Value<Scalar> {
    Value(tensor, index: -1, tape: tape)
  }

  /// A leaf whose gradient is read with ``gradient(of:)``.
  public func variable(_ tensor: Tensor<Scalar>) -> Value<Scalar> {
    append(tensor, pullback: nil, buffer: nil)
  }

  /// A leaf whose gradient is added to a buffer that outlives the tape.
  ///
  /// Several leaves may share one buffer.
  ///
  /// - Precondition: equal shapes.
  public func variable(
    _ tensor: Tensor<Scalar>, accumulatingInto buffer: GradientBuffer<Scalar>
  ) -> Value<Scalar> {
    require(
      tensor.shape == buffer.shape, "variable \(tensor.shape) with gradient buffer \(buffer.shape)")
    return append(tensor, pullback: nil, buffer: buffer)
  }

  // MARK: Recording

  /// Notes an operation on the tape.
  ///
  /// When no input needs a gradient, nothing is noted and the result is a constant.
  ///
  /// - Parameters:
  ///   - result: what the operation computed.
  ///   - inputs: everything the result depends on.
  ///   - pullback: gets the gradient of the result and adds to the gradients of the inputs.
  /// - Precondition: the inputs are constants or belong to the current tape of this graph.
  public func record(
    _ result: Tensor<Scalar>, inputs: [Value<Scalar>], pullback: @escaping Pullback
  ) -> Value<Scalar> {
    var needsGradient = false
    for input in inputs where input.needsGradient {
      checkTape(of: input)
      needsGradient = true
    }
    guard needsGradient else { return constant(result) }
    return append(result, pullback: pullback, buffer: nil)
  }

  private func append(
    _ tensor: Tensor<Scalar>, pullback: Pullback?, buffer: GradientBuffer<Scalar>?
  ) -> Value<Scalar> {
    nodes.append(
      Node(isLeaf: pullback == nil, pullback: pullback, gradient: nil, buffer: buffer))
    return Value(tensor, index: nodes.count - 1, tape: tape)
  }

  private func checkTape(of value: Value<Scalar>) {
    require(
      value.tape == tape, "the value belongs to another graph or to a tape that was reset")
  }

  // MARK: Backward

  /// Computes the gradients of a scalar with respect to everything it depends on.
  ///
  /// - Parameters:
  ///   - loss: a value with one element.
  ///   - keepingTape: whether the pullbacks stay for a further backward pass; gradients of leaves
  ///     then add up.
  public func backward(from loss: Value<Scalar>, keepingTape: Bool = false) {
    require(loss.shape.count == 1, "backward from a value \(loss.shape): not a scalar")
    backward(from: loss, seed: Tensor(repeating: 1, shape: loss.shape), keepingTape: keepingTape)
  }

  /// Computes the gradients of `Σ seed ⊙ y`.
  ///
  /// - Precondition: equal shapes of `y` and `seed`; no earlier pass has consumed a part of the
  ///   tape
  ///   that `y` depends on.
  public func backward(from y: Value<Scalar>, seed: Tensor<Scalar>, keepingTape: Bool = false) {
    require(y.shape == seed.shape, "backward from a value \(y.shape) with seed \(seed.shape)")
    guard y.needsGradient else { return }
    checkTape(of: y)
    put(seed, intoNode: y.index)
    contributionCount = 0
    faultMadeADifference = false
    let pull = Pull(graph: self)
    for index in stride(from: y.index, through: 0, by: -1) where !nodes[index].isLeaf {
      let pullback = nodes[index].pullback
      if !keepingTape { nodes[index].pullback = nil }
      guard let gradient = nodes[index].gradient.take() else { continue }
      guard let pullback else {
        fatalError("an earlier backward pass has consumed this part of the tape")
      }
      if nodes[index].keepsGradient { keep(gradient, ofNode: index) }
      pullback(gradient, pull)
    }
  }

  private func keep(_ gradient: Tensor<Scalar>, ofNode index: Int) {
    if var kept = nodes[index].keptGradient.take() {
      kept.add(gradient)
      nodes[index].keptGradient = kept
    } else {
      nodes[index].keptGradient = gradient
    }
  }

  /// Keeps the gradient of an inner value for ``gradient(of:)``; leaves keep theirs anyway.
  public func keepGradient(of value: Value<Scalar>) {
    guard value.needsGradient else { return }
    checkTape(of: value)
    nodes[value.index].keepsGradient = true
  }

  /// The gradient found by the backward pass, or nil when none reached the value: it is a constant,
  /// the result does not depend on it, or it is an inner value whose gradient was not kept.
  public func gradient(of value: Value<Scalar>) -> Tensor<Scalar>? {
    guard value.needsGradient else { return nil }
    checkTape(of: value)
    if let buffer = nodes[value.index].buffer { return buffer.isEmpty ? nil : buffer.tensor }
    return nodes[value.index].keptGradient ?? nodes[value.index].gradient
  }

  // MARK: Contributions

  func add(_ contribution: Tensor<Scalar>, toNode index: Int) {
    put(withFault(contribution), intoNode: index)
  }

  func accumulate(
    intoNode index: Int, shape: Shape, _ body: (inout Tensor<Scalar>, Bool) -> Void
  ) {
    guard fault == nil else {
      var contribution = Tensor<Scalar>(uninitialized: shape)
      body(&contribution, false)
      return put(withFault(contribution), intoNode: index)
    }
    contributionCount += 1
    if let buffer = nodes[index].buffer {
      buffer.accumulate(body)
    } else if var gradient = nodes[index].gradient.take() {
      // Taken out of the node, so that the buffer has one owner and is changed in place.
      body(&gradient, true)
      nodes[index].gradient = gradient
    } else {
      var gradient = Tensor<Scalar>(uninitialized: shape)
      body(&gradient, false)
      nodes[index].gradient = gradient
    }
  }

  private func put(_ contribution: Tensor<Scalar>, intoNode index: Int) {
    if let buffer = nodes[index].buffer {
      buffer.add(contribution)
    } else if var gradient = nodes[index].gradient.take() {
      gradient.add(contribution)
      nodes[index].gradient = gradient
    } else {
      nodes[index].gradient = contribution
    }
  }

  private func withFault(_ contribution: Tensor<Scalar>) -> Tensor<Scalar> {
    defer { contributionCount += 1 }
    guard let fault, fault.contribution == contributionCount else { return contribution }
    let (faulty, differs) = fault.apply(to: contribution)
    faultMadeADifference = differs
    return faulty
  }
}

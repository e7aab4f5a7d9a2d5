import Autograd
import Tensors

/// What is done to the values at named places of a network while it computes: they are read,
/// replaced, zeroed, and their gradients are taken.
///
/// A site is the output of a layer, named as the layer (`layers.2`, `encoder.layers.0.norm1`), or
/// the hidden state of a recurrent layer (`encoder.lstm.h_l0`);
/// ``NetworkOutline/sites`` lists those of a network. The last axis of a value is that of units.
///
/// ```swift
/// let sites = Sites<Float>()
/// sites.zero("layers.1", units: [3, 5])
/// sites.read("layers.2")
/// let pass = ForwardPass(graph: graph, source: FrozenParameters(), sites: sites)
/// let logits = network.forward(x, in: pass)
/// sites.value(at: "layers.2")
/// ```
///
/// A pass in which a hidden state is replaced or differentiated takes the steps of the recurrence
/// one by one, so that what is done to a state acts on all later ones. The gradient at a state is
/// that along all ways, through later states as well.
///
/// An object serves one pass after another, on one thread; what was found is that of the last one
/// if ``forget()`` is called in between.
public final class Sites<Scalar: TensorScalar> {
  /// Computes what stands in place of a value; gets the value and the tape.
  public typealias Change = (_ value: Value<Scalar>, _ graph: Graph<Scalar>) -> Value<Scalar>

  private var changes: [String: [Change]] = [:]
  private var read: Set<String> = []
  private var differentiated: Set<String> = []
  private var found: [String: [Value<Scalar>]] = [:]
  private var visited: Set<String> = []

  /// Nothing is done anywhere.
  public init() {}

  // MARK: Requests

  /// Keeps the values at a site, as the rest of the network sees them.
  public func read(_ name: String) { read.insert(name) }

  /// Replaces values.
  ///
  /// Several changes of one site act one after the other. The state of a recurrent layer is changed
  /// after every step, for the sequences that have the step.
  public func replace(_ name: String, _ change: @escaping Change) {
    changes[name, default: []].append(change)
  }

  /// Replaces units of the last axis by 0, or all of them.
  public func zero(_ name: String, units: [Int]? = nil) {
    replace(name) { value, graph in
      let columns = value.shape[value.shape.rank - 1]
      var factors = Tensor<Scalar>(repeating: units == nil ? 0 : 1, shape: [columns])
      for unit in units ?? [] {
        require(unit >= 0 && unit < columns, "unit \(unit) of \(columns) at site '\(name)'")
        factors[unit] = 0
      }
      return graph.multiply(value, graph.constant(factors.repeated(to: value.shape)))
    }
  }

  /// Keeps the values at a site and the gradients with respect to them, as found by the next
  /// backward pass; for parameters that need no gradients as well.
  public func differentiate(_ name: String) { differentiated.insert(name) }

  /// Forgets what was found, not what is to be done.
  public func forget() {
    found.removeAll()
    visited.removeAll()
  }

  // MARK: Results

  /// The value at a site that is read or differentiated, or nil when the pass did not come by. The
  /// states of a recurrent layer, and the values of a site that was visited several times, are one
  /// below the other, along the first axis.
  public func value(at name: String) -> Tensor<Scalar>? {
    Self.joined((found[name] ?? []).map(\.tensor))
  }

  /// The gradient with respect to the value at a site, in the shape of ``value(at:)``; nil when
  /// none reached it.
  public func gradient(at name: String, on graph: Graph<Scalar>) -> Tensor<Scalar>? {
    guard let values = found[name] else { return nil }
    let gradients = values.map { graph.gradient(of: $0) }
    guard gradients.contains(where: { $0 != nil }) else { return nil }
    return Self.joined(zip(values, gradients).map { $1 ?? Tensor(zeros: $0.shape) })
  }

  /// Names that something was asked of and that no pass has come by, in alphabetical order: wrong
  /// ones, as a rule.
  public var unvisited: [String] {
    read.union(differentiated).union(changes.keys).subtracting(visited).sorted()
  }

  private static func joined(_ tensors: [Tensor<Scalar>]) -> Tensor<Scalar>? {
    guard tensors.count > 1 else { return tensors.first }
    let graph = Graph<Scalar>()
    return graph.concatenate(tensors.map(graph.constant), axis: 0).tensor
  }

  // MARK: Passes

  /// Whether the steps of a recurrence must be taken one by one.
  func isInside(_ name: String) -> Bool {
    changes[name] != nil || differentiated.contains(name)
  }

  /// The value after all changes.
  func changed(_ name: String, _ value: Value<Scalar>, on graph: Graph<Scalar>) -> Value<Scalar> {
    visited.insert(name)
    return (changes[name] ?? []).reduce(value) { $1($0, graph) }
  }

  func visit(_ name: String, _ value: Value<Scalar>, on graph: Graph<Scalar>) -> Value<Scalar> {
    var value = changed(name, value, on: graph)
    if differentiated.contains(name) {
      if value.needsGradient {
        graph.keepGradient(of: value)
      } else {
        value = graph.variable(value.tensor)
      }
      found[name, default: []].append(value)
    } else if read.contains(name) {
      found[name, default: []].append(value)
    }
    return value
  }
}

extension Tensor {
  /// A vector as every row of a larger shape.
  fileprivate func repeated(to shape: Shape) -> Tensor {
    var result = Tensor(uninitialized: shape)
    for i in 0..<result.count { result[flat: i] = self[i % count] }
    return result
  }
}

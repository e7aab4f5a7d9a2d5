import Autograd
import Tensors

/// What a network has computed up to a place.
public struct UnitState<Scalar: TensorScalar> {
  /// What the next layer takes.
  public var value: Value<Scalar>
  /// Values that wait for the sum with what the layers around which they are led make.
  fileprivate(set) var kept: [Value<Scalar>] = []

  /// A place where nothing waits, as the inputs of a network and all places of one without shortcuts.
  public init(_ value: Value<Scalar>) { self.value = value }

  /// The same place with other numbers, for as many or for fewer examples.
  public func map(_ change: (Value<Scalar>) -> Value<Scalar>) -> UnitState {
    var result = UnitState(change(value))
    result.kept = kept.map(change)
    return result
  }
}

/// The built steps of a network.
struct StepSequence<Scalar: TensorScalar>: ParameterContainer, StatefulModule {
  private enum Step {
    case layer(site: String, any Module<Scalar>)
    case part
    case turn
    case meet(site: String)
  }

  private let steps: [Step]
  private let sites: [Int: String]

  /// Builds the layers.
  ///
  /// - Parameters:
  ///   - steps: of a network.
  ///   - sites: further sites, by the number of the step that takes their value.
  ///   - random: each parameter is drawn from the stream `init/<its name>`.
  init(_ steps: [NetworkStep], sites: [Int: String], random: RandomSource) {
    self.sites = sites
    self.steps = steps.map { step in
      switch step {
      case .part: .part
      case .turn: .turn
      case .meet(let site): .meet(site: site)
      case .layer(let layer):
        .layer(
          site: layer.site,
          layer.kind.makeLayer(name: layer.name, input: layer.input, random: random))
      }
    }
  }

  private var modules: [any Module<Scalar>] {
    steps.compactMap { if case .layer(_, let module) = $0 { module } else { nil } }
  }

  var parameters: [Parameter<Scalar>] { modules.flatMap { $0.parameters } }

  var buffers: [StateBuffer<Scalar>] {
    modules.flatMap { ($0 as? any StatefulModule<Scalar>)?.buffers ?? [] }
  }

  /// Takes some steps.
  ///
  /// - Parameters:
  ///   - state: that before the first of them.
  ///   - range: numbers of the steps.
  ///   - pass: where and with which parameters to compute.
  func run(
    _ state: UnitState<Scalar>, through range: Range<Int>, in pass: ForwardPass<Scalar>
  ) -> UnitState<Scalar> {
    var state = state
    for index in range {
      switch steps[index] {
      case .layer(let site, let module):
        state.value = pass.site(site, module.forward(state.value, in: pass))
      case .part: state.kept.append(state.value)
      case .turn:
        let kept = state.kept.removeLast()
        state.kept.append(state.value)
        state.value = kept
      case .meet(let site):
        let body = state.kept.removeLast()
        state.value = pass.site(site, pass.graph.add(body, state.value))
      }
      if let site = sites[index + 1] { state.value = pass.site(site, state.value) }
    }
    return state
  }
}

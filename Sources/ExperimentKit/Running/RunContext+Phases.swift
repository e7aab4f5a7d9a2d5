import Foundation
import Tensors

extension RunContext {
  /// Runs phases that do not depend on each other, each as
  /// ``loop(phase:steps:state:body:)`` would, up to ``threads`` of them at the same time.
  ///
  /// Phases are begun in their order. When one fails, those before it go on and those after it
  /// stop, so that the error does not depend on the number of threads: it is that of the first
  /// phase, in their order, that has one.
  ///
  /// - Throws: as ``loop(phase:steps:state:body:)`` and what the phases throw.
  public func loops(_ phases: [IndependentPhase]) throws {
    for phase in phases { try visit(phase.name, steps: phase.steps) }
    let remaining = try phases.filter { phase in
      guard checkpoint.finished[phase.name] != nil else { return true }
      let work = try phase.begin()
      _ = try restoreFinished(phase.name, steps: phase.steps, state: work.state)
      try work.finished()
      return false
    }
    guard !remaining.isEmpty else { return }
    defer { underWay = [] }
    try requireFit(remaining.map(\.name))
    let queue = PhaseQueue(count: remaining.count)
    // The threads share the phases, which are independent of each other, the queue, which has a
    // lock, and this context, which changes only within `synchronized` and `alone` meanwhile.
    ComputeThreads.run(min(threads, remaining.count)) { [self] in
      while let index = queue.next() {
        do {
          try run(remaining[index]) { queue.hasFailure(before: index) }
        } catch {
          queue.fail(index, error)
        }
      }
    }
    if let error = queue.error { throw error }
  }

  private func run(_ phase: IndependentPhase, isOvertaken: () -> Bool) throws {
    let work = try phase.begin()
    let loop = PhaseUnderWay(name: phase.name, steps: phase.steps, state: work.state)
    do {
      try compute(loop, isOvertaken: isOvertaken, body: work.body)
      try alone {
        try finish(
          loop, tensors: loop.state.result(), origin: .computed, record: work.finished)
      }
    } catch let cancelled as Cancelled {
      // Stays under way: the last of the phases to stop saves them all.
      throw cancelled
    } catch {
      alone { setAside(loop) }
      throw error
    }
  }
}

/// Hands out phases in their order until one has failed.
private final class PhaseQueue {
  private let count: Int
  private let lock = NSLock()
  private var taken = 0
  private var failure: (index: Int, error: any Error)?

  init(count: Int) { self.count = count }

  /// The next phase, nil when none is to be begun any more.
  func next() -> Int? {
    lock.withLock {
      guard failure == nil, taken < count else { return nil }
      defer { taken += 1 }
      return taken
    }
  }

  func fail(_ index: Int, _ error: any Error) {
    lock.withLock {
      guard index < failure?.index ?? count else { return }
      failure = (index, error)
    }
  }

  func hasFailure(before index: Int) -> Bool {
    lock.withLock { failure.map { $0.index < index } ?? false }
  }

  /// The error of the first phase that has one.
  var error: (any Error)? { lock.withLock { failure?.error } }
}

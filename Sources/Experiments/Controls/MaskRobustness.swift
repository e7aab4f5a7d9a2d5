import Autograd
import ExperimentKit
import Masks
import NeuralNetworks
import Tensors

extension MaskControls {
  /// Records what masks are worth on their own task when removed weights come back: at random, and as an
  /// adversary wants them to.
  func recordRobustness(_ masks: StageMasks, of stage: ControlledStage<Network>) throws {
    for unit in ControlStep.returnedUnits {
      try context.evaluate(StepName.evaluation(stage.step, ControlStep.returned(unit))) {
        try recordReturned(unit, masks, of: stage)
      }
    }
    try context.evaluate(StepName.evaluation(stage.step, ControlStep.adversary)) {
      for unit in settings.adversaryUnits { try recordAdversary(unit, masks, of: stage) }
    }
  }

  // MARK: At random

  /// One uniform number for each removed unit and draw decides at all probabilities, and is the coefficient
  /// of `uniform` itself.
  private func recordReturned(
    _ unit: RestoredUnit, _ masks: StageMasks, of stage: ControlledStage<Network>
  ) throws {
    let removed = RemovedWeights(study.network.parameters, masks: masks.masks, unit: unit)
    let examiner = examiner(stage)
    let base = try recordBase(masks, on: examiner)
    var returned = settings.returned.map { _ in [Double]() }
    var uniform: [Double] = []
    for draw in 0..<settings.draws {
      let coefficients = removed.uniform(draw: draw) {
        context.random("controls/\(masks.name)/returned-\(unit)/\($0)")
      }
      func accuracy(_ r: RemovedWeights<Float>.Coefficients) throws -> Double {
        try self.accuracy(MaskedParameters(replacing: removed.weights(r)), on: examiner)
      }
      for (index, share) in settings.returned.enumerated() {
        returned[index].append(
          try accuracy(RemovedWeights.returned(coefficients, share: share)))
      }
      uniform.append(try accuracy(coefficients))
    }
    for (share, found) in zip(settings.returned, returned) {
      record(found, base, [masks.name, "bernoulli", unit.rawValue, "\(share)"])
    }
    record(uniform, base, [masks.name, "uniform", unit.rawValue, "1"])
  }

  // MARK: By an adversary

  private func recordAdversary(
    _ unit: RestoredUnit, _ masks: StageMasks, of stage: ControlledStage<Network>
  ) throws {
    let removed = RemovedWeights(study.network.parameters, masks: masks.masks, unit: unit)
    let adversary = RestoringAdversary(removed)
    let examiner = examiner(stage)
    let base = try recordBase(masks, on: examiner)
    let budgets = settings.adversarySteps
    var found = budgets.map { _ in [Double]() }
    let batches = BatchSampler(
      count: stage.stage.examples, size: study.masking.batch ?? study.source.settings.batch,
      random: context.random("controls/\(masks.name)/adversary-batches"))
    for restart in 0..<settings.adversaryRestarts {
      try context.checkCancellation()
      let batch = batches.indices(step: restart)
      let start = removed.uniform(draw: restart) {
        context.random("controls/\(masks.name)/adversary-\(unit)/\($0)")
      }
      let attacks = adversary.attack(from: start, budgets: budgets) { stage.stage.loss(batch, $0) }
      for (index, coefficients) in attacks.enumerated() {
        found[index].append(
          try accuracy(
            MaskedParameters(replacing: removed.weights(coefficients)), on: examiner))
      }
    }
    for (budget, found) in zip(budgets, found) {
      record(found, base, [masks.name, "adversary", unit.rawValue, String(budget)])
    }
  }

  // MARK: Rows

  /// The mask as it is.
  private func recordBase(_ masks: StageMasks, on examiner: MaskExaminer) throws -> Double {
    let base = try accuracy(masks.masks, on: examiner)
    record([base], base, [masks.name, "none", "none", "0"])
    return base
  }

  private func record(_ accuracies: [Double], _ base: Double, _ keys: [String]) {
    let mean = accuracies.reduce(0, +) / Double(accuracies.count)
    let worst = accuracies.min() ?? .nan
    context.record(.robustness, keys, "accuracy", mean)
    context.record(.robustness, keys, "worst", worst)
    context.record(.robustness, keys, "n_draws", Double(accuracies.count))
    guard base > 0 else { return }
    context.record(.robustness, keys, "relative_drop", 1 - mean / base)
    context.record(.robustness, keys, "worst_relative_drop", 1 - worst / base)
  }
}

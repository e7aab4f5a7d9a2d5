import Autograd
import ExperimentKit
import Masks
import NeuralNetworks
import Tensors

/// Targets that a network of one's own never learns.
enum NeverLearnedTargets: String, CaseIterable {
  /// Every training example has classes that were drawn for it once and for all. There is nothing that
  /// other examples could show: masks are judged on training examples themselves.
  case randomTargets = "random-targets"
  /// Every class has the name of the next one, the last that of the first.
  case renamedClasses = "renamed-classes"

  /// Their names in manifests.
  static var names: [String] { allCases.map(\.rawValue) }
}

extension OwnNetworkStudy {
  /// The stages with what their masks are judged on: the test examples of their task.
  var controlledStages: [ControlledStage<Network>] {
    [ControlledStage(stage: stage(Self.full, train), task: judged(test))]
      + subtasks.map {
        ControlledStage(stage: stage($0.name, $0.train), task: judged($0.test))
      }
  }

  /// Targets that the network never learned, for the inputs of the full task.
  func neverLearned(_ name: String) -> ControlledStage<Network> {
    let examples: OwnExamples
    let task: MaskTask
    switch NeverLearnedTargets(rawValue: name) {
    case .randomTargets:
      examples = train.mappingClasses { classes in
        let count = loss.classCount(places: classes.places)
        var drawn = study.context.random("controls/random-targets").integers(
          classes.classes.count, below: count
        ).makeIterator()
        return classes.mapped { target in
          guard let other = drawn.next(), target >= 0 else { return target }
          return Int32(other)
        }
      }
      task = judged(examples)
    case .renamedClasses:
      examples = renamed(train)
      task = judged(renamed(test))
    case nil: fatalError("there are no targets '\(name)'")
    }
    return ControlledStage(stage: stage(ControlStep.neverLearned(name), examples), task: task)
  }

  private func renamed(_ examples: OwnExamples) -> OwnExamples {
    examples.mappingClasses { classes in
      let count = Int32(loss.classCount(places: classes.places))
      return classes.mapped { $0 < 0 ? $0 : ($0 + 1) % count }
    }
  }

  /// Examples in random order: controls take the first ones, and files are often sorted.
  private func judged(_ examples: OwnExamples) -> MaskTask {
    let order = study.context.random("controls/examples").permutation(examples.count)
    let rows = order.map { examples.rows[$0] }
    let answers = rows.map { row in
      guard case .classes(let classes) = examples.targets else { return [Int32]() }
      return Array(classes.row(row))
    }
    return MaskTask(answers: answers, part: Self.chunk) { range in
      let part = Array(rows[range])
      let inputs = examples.inputs.batch(part)
      return { pass in
        let outputs = study.network.forward(pass.graph.constant(inputs), in: pass)
        return loss.outcomes(outputs.tensor, examples.targets, rows: part).count {
          $0.isRight == true
        }
      }
    }
  }
}

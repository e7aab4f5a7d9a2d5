import ExperimentKit

// What each kind evaluates its networks on.

extension AdditionMultiplicationFNN {
  func evaluationSet(_ c: Configuration, _ context: RunContext) -> EvaluationSet {
    c.task.evaluationSet(context)
  }
}

extension AdditionMultiplicationLSTM {
  func evaluationSet(_ c: Configuration, _ context: RunContext) -> EvaluationSet {
    c.task.evaluationSet(context)
  }
}

extension DoubleAdditionFNN {
  func evaluationSet(_ c: Configuration, _ context: RunContext) -> EvaluationSet {
    c.task.evaluationSet(context, showsBoth: false)
  }
}

extension DoubleAdditionLSTM {
  func evaluationSet(_ c: Configuration, _ context: RunContext) -> EvaluationSet {
    c.task.evaluationSet(context, showsBoth: true)
  }
}

extension ConvolutionalKind {
  func evaluationSet(_ c: Configuration, _ context: RunContext) throws -> EvaluationSet {
    try c.task.data.parts(.cifar10, context).valid.evaluationSet
  }
}

extension ClassRemovalResNet {
  func evaluationSet(_ c: Configuration, _ context: RunContext) throws -> EvaluationSet {
    try c.task.data.residualTrainAndTest(context).test.evaluationSet
  }
}

extension PermutedMNIST {
  func evaluationSet(_ c: Configuration, _ context: RunContext) throws -> EvaluationSet {
    EvaluationSet(try makeTasks(c, context))
  }
}

extension SCANLSTM {
  func evaluationSet(_ c: Configuration, _ context: RunContext) throws -> EvaluationSet {
    try c.task.evaluationSet(context)
  }
}

extension SCANTransformer {
  func evaluationSet(_ c: Configuration, _ context: RunContext) throws -> EvaluationSet {
    try c.task.evaluationSet(context)
  }
}

extension SCANBaseline {
  func evaluationSet(_ c: Configuration, _ context: RunContext) throws -> EvaluationSet {
    try c.task.evaluationSet(of: [c.split], context)
  }
}

extension MathematicsTransformer {
  func evaluationSet(_ c: Configuration, _ context: RunContext) throws -> EvaluationSet {
    try c.task.sets(context).evaluationSet
  }
}

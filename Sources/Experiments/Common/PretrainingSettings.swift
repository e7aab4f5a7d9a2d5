import ExperimentKit

/// Manifest section `pretrain`: how the network is trained before it is frozen.
struct PretrainingSettings: Settings {
  var steps = 20_000
  var batch = 128
  var learningRate = 1e-3
  var clip = 1.0
  var beta2 = 0.999
  var epsilon = 1e-8
  var warmUp = 0

  static let schema = Schema<PretrainingSettings>([
    .integer(
      "steps", \.steps, in: 1...100_000_000, unit: "steps", paper: "20,000",
      "number of optimiser steps (Adam)"),
    .integer(
      "batch", \.batch, in: 1...1_000_000, unit: "examples", paper: "128",
      "examples per step, drawn with replacement; masks are trained with the same number unless"
        + " `mask.batch` says otherwise"),
    .number("lr", \.learningRate, in: 0...1000, paper: "1e-3", "learning rate"),
    .number(
      "clip", \.clip, above: 0, paper: "1.0",
      "largest global L2 norm of the gradient; larger ones are scaled down"),
    .number(
      "beta2", \.beta2, in: 0...0.999999, paper: "0.999",
      "decay of Adam's second moment; that of the first is 0.9"),
    .number("epsilon", \.epsilon, in: 1e-20...1, paper: "1e-8", "Adam's epsilon"),
    .integer(
      "warm-up", \.warmUp, in: 0...100_000_000, unit: "steps", paper: "0",
      "steps over which the learning rate grows linearly from 0"),
  ])
}

import ExperimentKit

/// Settings of the toy experiment: one of every type.
struct ToySettings: Settings {
  enum Noise: String, CaseIterable, Sendable { case none, normal, uniform }

  struct Task: Settings {
    var dimension = 6
    var labels = ["a", "b"]

    static let schema = Schema<Task>([
      .integer("dimension", \.dimension, in: 1...1000, unit: "numbers", "length of the vector"),
      .texts("labels", \.labels, count: 1...8, "names that are only there to be read"),
    ])
  }

  struct Training: Settings {
    var steps = 12
    var rate = 0.1
    var noise = Noise.normal
    var decay: Double?
    var warmup: Int?
    var widths = [4, 2]
    var scales = [1.0, 0.5]
    var kinds: [Noise] = [.normal]
    var isCentered = false
    var title = "plain"

    static let schema = Schema<Training>([
      .integer("steps", \.steps, in: 0...100_000, unit: "steps", paper: "20,000", "steps"),
      .number("lr", \.rate, in: 0...1, above: 0, paper: "1e-3", "learning rate"),
      .choice("noise", \.noise, "distribution of the noise"),
      .optionalNumber("decay", \.decay, in: 0...1, "decay of the rate"),
      .optionalInteger("warmup", \.warmup, in: 1...100, unit: "steps", "steps of warm-up"),
      .integers("widths", \.widths, in: 1...10, count: 1...3, "a list of integers"),
      .numbers("scales", \.scales, above: 0, "a list of numbers"),
      .choices("kinds", \.kinds, "a list of choices"),
      .flag("centered", \.isCentered, "whether the noise is centred"),
      .text("title", \.title, "a text | with a bar"),
    ])
  }

  struct Mask: Settings {
    var steps = 7
    var beta = 1e-4

    static let schema = Schema<Mask>([
      .integer("steps", \.steps, in: 0...100_000, unit: "steps", "steps per mask"),
      .number("beta", \.beta, in: 0...1, paper: "1e-4", "strength of the pull to zero"),
    ])
  }

  var task = Task()
  var pretrain = Training()
  var mask = Mask()

  static let schema = Schema<ToySettings>([
    .section("task", \.task, "what is to be found"),
    .section("pretrain", \.pretrain, "how it is found"),
    .section("mask", \.mask, "how it is pulled to zero"),
  ])
}

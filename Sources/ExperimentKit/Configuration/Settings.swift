/// A group of settings that a manifest can give: a whole configuration or one of its sections.
///
/// The stored properties and their initial values are the settings and their defaults; the schema
/// declares, once, how each is called, decoded, encoded, checked and documented:
///
///     struct Training: Settings {
///       var steps = 20_000
///       var learningRate = 1e-3
///
///       static let schema = Schema<Training>([
///         .integer("steps", \.steps, in: 1...10_000_000, unit: "steps", paper: "20,000",
///           "number of optimiser steps"),
///         .number("lr", \.learningRate, above: 0, "learning rate of Adam"),
///       ])
///     }
public protocol Settings: Sendable, Equatable {
  /// The defaults.
  init()
  /// What a manifest may say about these settings.
  static var schema: Schema<Self> { get }
}

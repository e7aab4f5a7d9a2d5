import Datasets
import ExperimentKit
import Store
import Tensors

/// Manifest section `task` of experiments on images.
struct ImageTask: Settings, TaskWithDataSeed {
  /// Where images come from.
  enum Source: String, CaseIterable, Sendable {
    /// The published files in the data folder.
    case official
    /// Procedural images of ten classes, drawn from the run's seed.
    case synthetic
  }

  var source = Source.official
  var images: Int?
  var dataSeed: Int?

  static let schema = Schema<ImageTask>([
    .choice(
      "source", \.source, paper: "official",
      "`official` reads the published files from the data folder; `synthetic` draws images of ten "
        + "classes of shapes and textures, so that nothing needs to be fetched: results on them are "
        + "no results on the published set"),
    .optionalInteger(
      "images", \.images, in: 100...1_000_000, unit: "images", paper: "all",
      "take only so many training images, the first of the published ones; a fifth of them is held "
        + "out. Without it as many as the published set has"),
    .dataSeed(\.dataSeed),
  ])

  /// The published set that an experiment is about.
  enum Kind {
    /// Grey images of 28×28.
    case mnist
    /// Coloured images of 32×32.
    case cifar10

    /// Number of published training images.
    var published: Int {
      switch self {
      case .mnist: 60_000
      case .cifar10: 50_000
      }
    }
  }

  /// The share of the training images that is held out, on which results are measured.
  static var heldOut: Float { 0.2 }

  /// Number of images that are held out, about; see ``parts(_:_:)``.
  func heldOutCount(_ kind: Kind) -> Double { Double(Self.heldOut) * trainingCount(kind) }

  /// Number of images to test on; see ``trainAndTest(_:_:)``.
  func testCount(_ kind: Kind) -> Double {
    let test = trainingCount(kind) / 5
    return source == .official ? min(10_000, test) : test
  }

  private func trainingCount(_ kind: Kind) -> Double {
    Double(min(images ?? kind.published, source == .official ? kind.published : Int.max))
  }

  /// Training images divided at random: those to train on, and those held out (about a fifth).
  ///
  /// - Throws: ``Failure`` (data missing) when the published files are not there or damaged.
  func parts(_ kind: Kind, _ context: RunContext) throws -> (train: ImageSet, valid: ImageSet) {
    let all = try images(kind, context)
    let draws: Tensor<Float> = random("data/split", context).uniform([all.count])
    let isTraining = draws.scalars.map { $0 >= Self.heldOut }
    func part(_ isIncluded: (Bool) -> Bool) -> ImageSet {
      all.selecting(isTraining.indices.filter { isIncluded(isTraining[$0]) })
    }
    return (part { $0 }, part { !$0 })
  }

  /// The published division: images to train on, and a fifth as many to test.
  ///
  /// - Throws: ``Failure`` (data missing) when the published files are not there or damaged.
  func trainAndTest(
    _ kind: Kind, _ context: RunContext
  ) throws -> (train: ImageSet, test: ImageSet) {
    switch source {
    case .official:
      let (train, test) = try official(kind, context)
      return (first(images, of: train), first(images.map { $0 / 5 }, of: test))
    case .synthetic:
      let train = synthetic(kind, context)
      var test = generator(kind).images(train.count / 5, random: random("data/test", context))
      test.normalization = train.normalization
      return (train, test)
    }
  }

  /// The published division of CIFAR-10, normalised as residual networks have it.
  ///
  /// - Throws: ``Failure`` (data missing) when the published files are not there or damaged.
  func residualTrainAndTest(
    _ context: RunContext
  ) throws -> (train: ImageSet, test: ImageSet) {
    var (train, test) = try trainAndTest(.cifar10, context)
    if source == .official {
      (train.normalization, test.normalization) = (.cifar10Residual, .cifar10Residual)
    }
    return (train, test)
  }

  private func images(_ kind: Kind, _ context: RunContext) throws -> ImageSet {
    switch source {
    case .official: try first(images, of: official(kind, context).train)
    case .synthetic: synthetic(kind, context)
    }
  }

  private func official(
    _ kind: Kind, _ context: RunContext
  ) throws -> (train: ImageSet, test: ImageSet) {
    switch kind {
    case .mnist: try context.data.mnist()
    case .cifar10: try context.data.cifar10()
    }
  }

  private func synthetic(_ kind: Kind, _ context: RunContext) -> ImageSet {
    generator(kind).images(images ?? kind.published, random: random("data/images", context))
  }

  private func generator(_ kind: Kind) -> SyntheticImages {
    switch kind {
    case .mnist: .grey
    case .cifar10: .coloured
    }
  }

  private func first(_ count: Int?, of set: ImageSet) -> ImageSet {
    guard let count, count < set.count else { return set }
    return set.selecting(0..<count)
  }
}

import Datasets
import ExperimentKit
import Store
import Tensors

/// Manifest section `task` of studies of clusters: which images networks are trained and tested on.
struct ClusterTask: Settings, TaskWithDataSeed {
  /// Where images come from.
  enum Source: String, CaseIterable, Sendable {
    /// The published files in the data folder.
    case official
    /// Procedural images of ten classes, drawn from the run's seed.
    case synthetic
  }

  /// The published sets.
  enum Set: String, CaseIterable, Sendable {
    case mnist
    case fashionMNIST = "fashion-mnist"
    case cifar10
  }

  /// What is made of the images of a set.
  enum Form: String, CaseIterable, Sendable {
    /// The images themselves.
    case plain
    /// Two images of one class side by side, each at half its width.
    case halvesSame = "halves-same"
    /// Two images side by side whose classes are added.
    case halvesDifferent = "halves-diff"
    /// Two images of one class in two channels.
    case stackSame = "stack-same"
    /// Two images in two channels whose classes are added.
    case stackDifferent = "stack-diff"
  }

  var source = Source.official
  var set = Set.mnist
  var form = Form.plain
  var images: Int?
  var testImages: Int?
  var heldOut = false
  var channels: Int?
  var dataSeed: Int?

  static let schema = Schema<ClusterTask>([
    .choice(
      "source", \.source, paper: "official",
      "`official` reads the published files from the data folder; `synthetic` draws images of ten "
        + "classes of shapes and textures in the size of the set, so that nothing needs to be fetched: "
        + "results on them are no results on the published set"),
    .choice("set", \.set, paper: "all three", "the published set"),
    .choice(
      "form", \.form, paper: "all",
      "`plain`: the images themselves; two images side by side, each at half its width, of one class "
        + "(`halves-same`) or of any two whose numbers are added modulo 10 (`halves-diff`), for the "
        + "feed-forward network; the same in two channels (`stack-same`, `stack-diff`), for the "
        + "convolutional one. There are as many pairs as images"),
    .optionalInteger(
      "images", \.images, in: 100...1_000_000, unit: "images", paper: "all",
      "take only so many training images, the first of the published ones"),
    .optionalInteger(
      "test-images", \.testImages, in: 100...1_000_000, unit: "images", paper: "all",
      "take only so many test images, the first of the published ones; with `synthetic` a fifth of "
        + "`images` without it"),
    .flag(
      "held-out", \.heldOut, paper: "false",
      "whether networks are tested on the published training images behind the first `images`, so that the "
        + "test images stay unseen"
    ).omittedByDefault(),
    .optionalInteger(
      "channels", \.channels, in: 1...3, unit: "channels", paper: "1; 3 for input construction",
      "3 copies grey images into three channels; without it what the images have: 1, 3 for cifar10, "
        + "2 for stacks"),
    .dataSeed(\.dataSeed),
  ])

  /// Images to train on and to test.
  struct Parts {
    let train: ImageSet
    let test: ImageSet
  }

  /// What the network sees of an image.
  var extents: ImageSet.Extents {
    let side = set == .cifar10 ? 32 : 28
    return ImageSet.Extents(channels: channels ?? ownChannels, height: side, width: side)
  }

  private var ownChannels: Int {
    if self.set == .cifar10 { return 3 }
    return pairs?.arrangement == .channels ? 2 : 1
  }

  /// How images are paired; nil when they are not.
  var pairs: ImagePairs? {
    switch form {
    case .plain: nil
    case .halvesSame: ImagePairs(.sameClass, .halves)
    case .halvesDifferent: ImagePairs(.anyClass, .halves)
    case .stackSame: ImagePairs(.sameClass, .channels)
    case .stackDifferent: ImagePairs(.anyClass, .channels)
    }
  }

  /// The rules that concern several keys, and the kind of network.
  ///
  /// - Throws: ``Failure`` (manifest invalid).
  func validate(_ kind: NetworkForm.Kind) throws {
    func refuse(_ what: String, _ why: String, _ help: String? = nil) -> Failure {
      Failure(.manifestInvalid, what, why: why, help: help)
    }
    let name = "'task.form: \(form.rawValue)' with 'network.kind: \(kind.rawValue)'"
    switch pairs?.arrangement {
    case .channels where kind == .mlp:
      throw refuse(
        name, "stacks have two channels: a convolutional network takes them",
        "set network.kind: cnn, or task.form: "
          + (form == .stackSame ? Form.halvesSame : Form.halvesDifferent).rawValue)
    case .halves where kind != .mlp:
      throw refuse(
        name, "halves are for the feed-forward network",
        "set network.kind: mlp, or task.form: "
          + (form == .halvesSame ? Form.stackSame : Form.stackDifferent).rawValue)
    default: break
    }
    if form != .plain, set == .cifar10 {
      throw refuse(
        "'task.form: \(form.rawValue)' with 'task.set: cifar10'",
        "pairs are made of grey images: mnist or fashion-mnist")
    }
    if heldOut, source == .synthetic || trainCount == published.train {
      throw refuse(
        "task.held-out: there are no images that are held out",
        source == .synthetic
          ? "synthetic images are drawn for the test" : "all training images are trained on",
        "set task.source: official and task.images, or leave out 'held-out'")
    }
    if kind == .vgg, set != .cifar10 {
      throw refuse(
        "'network.kind: vgg' with 'task.set: \(set.rawValue)'",
        "vgg takes colour images of 32×32", "set task.set: cifar10, or network.kind: cnn")
    }
    let allowed = ownChannels == 1 ? [1, 3] : [ownChannels]
    if let channels, !allowed.contains(channels) {
      throw refuse(
        "'task.channels: \(channels)' with 'task.set: \(set.rawValue)' and 'task.form: \(form.rawValue)'",
        "these images have " + allowed.map(String.init).joined(separator: " or ") + " channels",
        "leave out 'channels'")
    }
  }

  // MARK: Counts

  private var published: (train: Int, test: Int) {
    (self.set == .cifar10 ? 50_000 : 60_000, 10_000)
  }

  /// Number of training images.
  var trainCount: Int {
    source == .official ? min(images ?? .max, published.train) : images ?? published.train
  }

  /// Number of test images.
  var testCount: Int {
    let there = heldOut ? published.train - trainCount : published.test
    return source == .official
      ? min(testImages ?? .max, there) : testImages ?? max(100, trainCount / 5)
  }

  // MARK: Images

  /// The images, pixels from 0 to 1.
  ///
  /// - Throws: ``Failure`` (data missing) when the published files are not there or damaged.
  func parts(_ context: RunContext) throws -> Parts {
    let (train, test) = try images(context)
    return try Parts(train: form(train, "train", context), test: form(test, "test", context))
  }

  private func images(_ context: RunContext) throws -> (train: ImageSet, test: ImageSet) {
    func first(_ count: Int, of set: ImageSet) -> ImageSet {
      count < set.count ? set.selecting(0..<count) : set
    }
    switch source {
    case .official:
      let (train, test) =
        switch set {
        case .mnist: try context.data.mnist()
        case .fashionMNIST: try context.data.fashionMNIST()
        case .cifar10: try context.data.cifar10()
        }
      let rest = heldOut ? train.selecting(trainCount..<train.count) : test
      return (first(trainCount, of: train), first(testCount, of: rest))
    case .synthetic:
      let generator: SyntheticImages = set == .cifar10 ? .coloured : .grey
      func draw(_ count: Int, _ part: String) -> ImageSet {
        generator.images(count, random: random("data/\(set.rawValue)/\(part)", context))
      }
      return (draw(trainCount, "train"), draw(testCount, "test"))
    }
  }

  private func form(_ images: ImageSet, _ part: String, _ context: RunContext) throws -> ImageSet {
    var result = images
    if let pairs {
      let classes = Swift.Set(images.labels)
      guard classes.count == images.classNames.count else {
        throw Failure(
          .manifestInvalid, "the \(part) images have \(classes.count) of the 10 classes",
          help: "raise the number of images")
      }
      result = pairs.pairs(
        of: images, random: random("data/\(set.rawValue)/\(form.rawValue)/\(part)", context))
    }
    if channels == 3, result.extents.channels == 1 { result = result.inThreeChannels() }
    result.normalization = .none(channels: result.extents.channels)
    return result
  }
}

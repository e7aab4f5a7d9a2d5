import Clusters
import CommandLine
import NetworkFiles
import NeuralNetworks
import Store
import Tensors

/// The options of the verbs that cluster a network, and what they ask for.
struct ClusterOptions {
  static let clusters = Option(
    "k", .text(placeholder: "K,…", completion: .none), default: "12",
    "numbers of clusters; all come from one decomposition")
  static let assign = Option(
    "assign", .choice(SpectralClustering.Assignment.allCases.map(\.rawValue)),
    default: SpectralClustering.Assignment.kmeans.rawValue,
    "k-means of the eigenvectors' rows, or of rows weighted by degree")
  static let kernelNorm = Option(
    "kernel-norm", .choice(KernelNorm.allCases.map(\.rawValue)),
    default: KernelNorm.sum.rawValue, "how a slice of a kernel becomes the weight of an edge")
  static let batchNorm = Option(
    "batch-norm", .choice(BatchNormFolding.allCases.map(\.rawValue)),
    default: BatchNormFolding.exact.rawValue,
    "which weights batch normalisation multiplies: those that leave the function unchanged, those "
      + "in front of it, or none")
  static let withoutInputs = Option.flag(
    "without-inputs", "leave the inputs of a feed-forward network out of the graph")
  static let restarts = Option(
    "restarts", .text(placeholder: "N", completion: .none),
    otherwise: "25 up to 2,000 vertices, else 100", "restarts of k-means")
  static let seed = Option(
    "seed", .text(placeholder: "S", completion: .none), default: "0",
    "seed of k-means, eigenvectors and shuffles")
  static let architecture = Option(
    "architecture", .text(placeholder: "FILE", completion: .files(["json"])),
    otherwise: "the one in the metadata of the weights",
    "description of the network as JSON, such as {\"kind\": \"mlp\"}")

  /// Those that say how the network becomes a graph.
  static let graph = [kernelNorm, batchNorm, withoutInputs, architecture]
  /// Those that say how the graph is clustered.
  static let clustering = [clusters, assign, restarts, seed]

  /// Names the random streams of the clustering.
  static let streamName = "clusters/imported/weights"

  let network: NetworkFile
  let settings: GraphSettings
  private let arguments: Arguments

  /// Reads the network and its switches.
  ///
  /// - Parameters:
  ///   - invocation: the first operand is the weight file.
  ///   - partitions: metadata of a file of partitions, whose switches count where none are given.
  /// - Throws: ``Failure``.
  init(_ invocation: Invocation, partitions: [String: String] = [:]) throws {
    arguments = invocation.arguments
    network = try NetworkFile(
      arguments.operands[0], architecture: arguments.text("architecture"),
      note: invocation.console.warning)
    func stored<Choice: RawRepresentable<String> & CaseIterable>(
      _ option: String, _ key: String
    ) throws -> Choice {
      if !invocation.arguments.flag(option), let choice = partitions[key].flatMap(Choice.init) {
        return choice
      }
      return try Self.choice(option, invocation.arguments)
    }
    var settings = GraphSettings()
    settings.kernelNorm = try stored("kernel-norm", Self.kernelNormKey)
    settings.batchNorm = try stored("batch-norm", Self.batchNormKey)
    settings.hasInputs = !arguments.flag("without-inputs")
    self.settings = settings
  }

  private static let kernelNormKey = "kernel_norm"
  private static let batchNormKey = "batch_norm"

  var graph: WeightGraph {
    WeightGraph(network.units, tensors: network.tensors, settings: settings)
  }

  /// The numbers of clusters, each once, in the order given.
  var numbers: [Int] {
    get throws {
      var numbers: [Int] = []
      for word in arguments.required("k").split(separator: ",", omittingEmptySubsequences: false) {
        guard let number = Int(word), number >= 2 else {
          throw Failure(
            .usage, "\(Failure.quote(String(word))) is not a value of --k",
            why: "a whole number of at least 2 is needed")
        }
        if !numbers.contains(number) { numbers.append(number) }
      }
      return numbers
    }
  }

  var assignment: SpectralClustering.Assignment {
    get throws { try Self.choice("assign", arguments) }
  }

  var restarts: Int? {
    get throws { try arguments.integer("restarts", in: 1...1_000_000) }
  }

  var random: RandomSource {
    get throws {
      RandomSource(seed: UInt64(try arguments.requiredInteger("seed", in: 0...Int.max)))
    }
  }

  /// What a file of partitions says of how they were made, and of which network.
  var metadata: [String: String] {
    network.metadata.filter { ["experiment", "hash"].contains($0.key) }.merging([
      "assign": arguments.required("assign"), Self.kernelNormKey: settings.kernelNorm.rawValue,
      Self.batchNormKey: settings.batchNorm.rawValue, "inputs": String(settings.hasInputs),
      "restarts": arguments.text("restarts") ?? "none", "seed": arguments.required("seed"),
    ]) { $1 }
  }

  /// What the word of an option stands for.
  ///
  /// - Throws: ``Failure`` (usage) with a suggestion when it stands for nothing.
  static func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ option: String, _ arguments: Arguments
  ) throws -> Choice {
    let word = arguments.required(option)
    if let choice = Choice(rawValue: word) { return choice }
    let words = Choice.allCases.map(\.rawValue)
    throw Failure(
      .usage, "\(Failure.quote(word)) is not a value of --\(option)",
      why: "there are \(words.joined(separator: ", "))",
      help: Suggestion.help(for: word, among: words))
  }

  /// Does something with clusterings, and says what is wrong in terms of the command line.
  static func explaining<Result>(
    _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch SpectralClustering.Problem.tooFewVertices(let clusters, let vertices) {
      throw Failure(
        .usage, "--k \(clusters): only \(vertices) units have edges",
        why: "units whose weights are all 0 are in no cluster",
        help: vertices < 2 ? nil : "give --k \(vertices) or less")
    } catch SpectralClustering.Problem.notConverged(let problem) {
      throw Failure(
        .runFailed, "the eigenvectors of the graph were not found", why: "\(problem)",
        help: "try another --seed")
    }
  }
}

// swift-tools-version: 6.0
import PackageDescription

// Only Debian's libraries are used, as system-library targets; `make setup` installs them.

let package = Package(
  name: "modlab",
  products: [
    .executable(name: "modlab", targets: ["modlab"]),
    .library(
      name: "Modlab",
      targets: [
        "Tensors", "Autograd", "NeuralNetworks", "Masks", "Statistics", "Datasets", "Fetching",
        "Store",
        "ExperimentKit", "Experiments", "Benchmarks", "Runner", "CommandLine",
      ]),
    .library(name: "FuzzTargets", targets: ["FuzzTargets"]),
  ],
  targets: [
    // MARK: - C libraries
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(
      name: "CLAPACKE", pkgConfig: "lapacke", providers: [.apt(["liblapacke-dev"])]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CJansson", pkgConfig: "jansson", providers: [.apt(["libjansson-dev"])]),
    .systemLibrary(
      name: "CLibcrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CKernels"),
    // libcurl and libarchive, loaded when they are first needed: linked, they and all that stands
    // behind them would add 10 ms to the start of every worker. apt: libcurl4-openssl-dev,
    // libarchive-dev.
    .target(name: "CFetching"),

    // MARK: - Numbers and networks
    .target(name: "Tensors", dependencies: ["COpenBLAS", "CLAPACKE", "CKernels"]),
    .target(name: "Autograd", dependencies: ["Tensors"]),
    .target(name: "NeuralNetworks", dependencies: ["Autograd", "Tensors"]),
    .target(name: "Statistics"),
    .target(
      name: "Masks", dependencies: ["NeuralNetworks", "Autograd", "Tensors"]),

    // MARK: - Files, data and experiments
    .target(name: "Store", dependencies: ["Tensors", "CYAML", "CJansson", "CLibcrypto"]),
    .target(name: "Datasets", dependencies: ["Tensors", "Store", "CZlib"]),
    .target(name: "Fetching", dependencies: ["Datasets", "Store", "CZlib", "CFetching"]),
    .target(name: "ExperimentKit", dependencies: ["Tensors", "Store", "Statistics"]),
    .target(
      name: "Experiments",
      dependencies: [
        "ExperimentKit", "Masks", "NeuralNetworks", "Autograd", "Tensors", "Datasets", "Store",
        "Statistics",
      ]),

    .target(
      name: "Benchmarks", dependencies: ["Masks", "NeuralNetworks", "Autograd", "Tensors"]),

    // MARK: - Runner and command line
    .target(name: "Runner", dependencies: ["ExperimentKit", "Store", "Statistics", "Tensors"]),
    .target(
      name: "CommandLine",
      dependencies: [
        "Runner", "ExperimentKit", "Store", "Tensors", "Masks", "Autograd", "Benchmarks",
        "Datasets", "Fetching",
      ]),
    .executableTarget(name: "modlab", dependencies: ["CommandLine", "Experiments"]),

    // MARK: - Tests
    .target(
      name: "TestSupport",
      dependencies: ["Tensors", "Autograd", "NeuralNetworks", "Store", "CZlib"]),
    .target(
      name: "FuzzTargets", dependencies: ["Datasets", "ExperimentKit", "Experiments", "Store"]),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors", "TestSupport"]),
    .testTarget(name: "AutogradTests", dependencies: ["Autograd", "Tensors", "TestSupport"]),
    .testTarget(
      name: "NeuralNetworksTests",
      dependencies: ["NeuralNetworks", "Autograd", "Tensors", "TestSupport"]),
    .testTarget(
      name: "BenchmarksTests", dependencies: ["Benchmarks", "Masks", "Tensors"]),
    .testTarget(name: "StatisticsTests", dependencies: ["Statistics"]),
    .testTarget(
      name: "MasksTests",
      dependencies: ["Masks", "NeuralNetworks", "Autograd", "Tensors", "TestSupport"]),
    .testTarget(
      name: "StoreTests", dependencies: ["Store", "Tensors", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "DatasetsTests", dependencies: ["Datasets", "Store", "Tensors", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "FetchingTests", dependencies: ["Fetching", "Datasets", "Store", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "ExperimentKitTests",
      dependencies: ["ExperimentKit", "Store", "Tensors", "TestSupport"]),
    .testTarget(
      name: "ExperimentsTests",
      dependencies: [
        "Experiments", "ExperimentKit", "Masks", "NeuralNetworks", "Autograd", "Datasets", "Store",
        "Tensors", "TestSupport",
      ],
      resources: [.copy("Goldens")]),
    .testTarget(
      name: "RunnerTests",
      dependencies: ["Runner", "ExperimentKit", "Store", "Tensors", "TestSupport"]),
    .testTarget(
      name: "CommandLineTests",
      dependencies: [
        "CommandLine", "Runner", "ExperimentKit", "Store", "Tensors", "TestSupport", "Datasets",
        "Fetching",
      ]),
    .testTarget(name: "FuzzTargetsTests", dependencies: ["FuzzTargets", "Store"]),
    .testTarget(
      name: "ParityTests",
      dependencies: ["Masks", "NeuralNetworks", "Autograd", "Tensors", "Store", "TestSupport"],
      resources: [.copy("Goldens")]),
    .testTarget(
      name: "EndToEndTests",
      dependencies: ["modlab", "Store", "Tensors", "TestSupport"]),
    // With a real Slurm; `make test` leaves it out, `make test-slurm` runs it.
    .testTarget(name: "SlurmTests", dependencies: ["modlab", "Store", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)

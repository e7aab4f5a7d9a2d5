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
        "Tensors", "Autograd", "NeuralNetworks", "Masks", "Clusters", "Statistics", "Datasets",
        "Archives", "Fetching", "Store",
        "ExperimentKit", "ExportedPrograms", "NetworkFiles", "Experiments", "Benchmarks", "Runner",
        "Reports", "CommandLine",
        "ScienceCommands",
      ]),
    .library(name: "FuzzTargets", targets: ["FuzzTargets"]),
  ],
  targets: [
    // MARK: - C libraries
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CJansson", pkgConfig: "jansson", providers: [.apt(["libjansson-dev"])]),
    .systemLibrary(
      name: "CLibcrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    // Optimised in debug builds too: what tests compare is then what users run, multiply-adds are fused, and
    // tests do not wait for loops that no compiler has touched.
    .target(name: "CKernels", cSettings: [.unsafeFlags(["-O2"])]),
    // Libraries that are loaded on first use, so that processes which do not need them start
    // without. OpenBLAS and LAPACKE: only what computes may start threads and take memory for them.
    // libcurl and libarchive: they and all that stands behind them would add 10 ms to the start of
    // every worker. libpng: its errors are jumps, which only C may see. apt: libopenblas-dev,
    // liblapacke-dev, libarpack2-dev, libcurl4-openssl-dev, libarchive-dev, libpng-dev.
    .target(name: "CLazyLibrary"),
    .target(name: "CLinearAlgebra", dependencies: ["CLazyLibrary"]),
    .target(name: "CFetching", dependencies: ["CLazyLibrary"]),
    .target(name: "CPNG", dependencies: ["CLazyLibrary"]),
    // Templates of pages: a C++ header of libkainjow-mustache-dev, of which nothing is loaded at run time.
    .target(name: "CMustache"),

    // MARK: - Numbers and networks
    .target(name: "Tensors", dependencies: ["CLinearAlgebra", "CKernels"]),
    .target(name: "Autograd", dependencies: ["Tensors"]),
    .target(name: "NeuralNetworks", dependencies: ["Autograd", "Tensors"]),
    .target(name: "Statistics"),
    .target(
      name: "Masks", dependencies: ["NeuralNetworks", "Autograd", "Tensors"]),

    .target(name: "Clusters", dependencies: ["NeuralNetworks", "Tensors", "Statistics"]),

    // MARK: - Files, data and experiments
    .target(name: "Store", dependencies: ["Tensors", "CYAML", "CJansson", "CLibcrypto"]),
    .target(name: "Datasets", dependencies: ["Tensors", "Store", "CZlib", "CPNG"]),
    // Members of tar and zip archives.
    .target(name: "Archives", dependencies: ["CFetching", "Store"]),
    .target(
      name: "Fetching", dependencies: ["Archives", "Datasets", "Store", "CZlib", "CFetching"]),
    .target(name: "ExperimentKit", dependencies: ["Tensors", "Store", "Statistics"]),
    // Networks that PyTorch has exported: graph and weights of a `.pt2` file as layers.
    .target(
      name: "ExportedPrograms", dependencies: ["Archives", "NeuralNetworks", "Store", "Tensors"]),
    // Networks and partitions in files: what a file says of its network, and how it is read.
    .target(
      name: "NetworkFiles",
      dependencies: [
        "ExperimentKit", "ExportedPrograms", "Clusters", "NeuralNetworks", "Autograd", "Store",
        "Tensors",
      ]),
    .target(
      name: "Experiments",
      dependencies: [
        "ExperimentKit", "NetworkFiles", "Masks", "Clusters", "NeuralNetworks", "Autograd",
        "Tensors", "Datasets", "Store", "Statistics",
      ]),

    .target(
      name: "Benchmarks",
      dependencies: ["Masks", "Clusters", "NeuralNetworks", "Autograd", "Tensors"]),

    // MARK: - Runner and command line
    .target(name: "Runner", dependencies: ["ExperimentKit", "Store", "Statistics", "Tensors"]),
    .target(
      name: "Reports",
      dependencies: ["Runner", "ExperimentKit", "Store", "CMustache"],
      resources: [
        .embedInCode("Templates/head.html"), .embedInCode("Templates/study.html"),
        .embedInCode("Templates/index.html"), .embedInCode("Templates/table.html"),
        .embedInCode("Templates/style.css"),
      ]),
    .target(
      name: "CommandLine",
      dependencies: [
        "Reports", "Runner", "ExperimentKit", "Store", "Tensors", "Datasets", "Fetching",
      ]),
    .target(
      name: "ScienceCommands",
      dependencies: [
        "CommandLine", "Benchmarks", "NetworkFiles", "Clusters", "Statistics", "Masks",
        "NeuralNetworks", "Autograd", "Runner", "ExperimentKit", "Datasets", "Store", "Tensors",
      ]),
    .executableTarget(
      name: "modlab", dependencies: ["CommandLine", "ScienceCommands", "Experiments", "Runner"],
      plugins: ["BuildRecord"]),
    // Puts the commit of the sources into the program, at every build.
    .plugin(name: "BuildRecord", capability: .buildTool()),

    // MARK: - Tests
    .target(
      name: "TestSupport",
      dependencies: ["Tensors", "Autograd", "NeuralNetworks", "Store", "CZlib"]),
    .target(
      name: "FuzzTargets",
      dependencies: [
        "Autograd", "Datasets", "ExperimentKit", "Experiments", "ExportedPrograms", "NetworkFiles",
        "NeuralNetworks", "Store", "Tensors",
      ]),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors", "TestSupport"]),
    .testTarget(name: "AutogradTests", dependencies: ["Autograd", "Tensors", "TestSupport"]),
    .testTarget(
      name: "NeuralNetworksTests",
      dependencies: ["NeuralNetworks", "Autograd", "Tensors", "TestSupport"]),
    .testTarget(
      name: "BenchmarksTests", dependencies: ["Benchmarks", "Masks", "Tensors"]),
    .testTarget(
      name: "StatisticsTests", dependencies: ["Statistics", "Store"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "MasksTests",
      dependencies: ["Masks", "NeuralNetworks", "Autograd", "Tensors", "TestSupport"]),
    .testTarget(
      name: "ClustersTests",
      dependencies: [
        "Clusters", "NeuralNetworks", "Autograd", "Statistics", "Tensors", "Store", "TestSupport",
      ],
      resources: [.copy("Fixtures")]),
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
      name: "NetworkFilesTests",
      dependencies: [
        "NetworkFiles", "ExportedPrograms", "Clusters", "Masks", "NeuralNetworks", "Autograd",
        "Store", "Tensors", "TestSupport",
      ],
      exclude: ["Goldens", "Fixtures"]),
    .testTarget(
      name: "RunnerTests",
      dependencies: ["Runner", "ExperimentKit", "Store", "Tensors", "TestSupport"]),
    .testTarget(
      name: "ReportsTests",
      dependencies: ["Reports", "Runner", "ExperimentKit", "Store", "TestSupport"]),
    .testTarget(
      name: "CommandLineTests",
      dependencies: [
        "CommandLine", "ScienceCommands", "NetworkFiles", "NeuralNetworks", "Runner",
        "ExperimentKit", "Store", "Tensors", "TestSupport", "Datasets", "Fetching",
      ]),
    .testTarget(name: "FuzzTargetsTests", dependencies: ["FuzzTargets", "Store"]),
    .testTarget(
      name: "ParityTests",
      dependencies: ["Masks", "NeuralNetworks", "Autograd", "Tensors", "Store", "TestSupport"],
      resources: [.copy("Goldens")]),
    .testTarget(
      name: "EndToEndTests",
      dependencies: ["modlab", "Store", "Tensors", "TestSupport"],
      exclude: ["Goldens"]),
    // With a real Slurm; `make test` leaves it out, `make test-slurm` runs it.
    .testTarget(name: "SlurmTests", dependencies: ["modlab", "Store", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)

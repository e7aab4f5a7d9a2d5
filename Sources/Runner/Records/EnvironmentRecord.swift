import Foundation
import Store
import Tensors

/// Everything outside the manifest on which the bits of results may depend, for the record.
public struct EnvironmentRecord: Sendable, Equatable {
  /// The linear-algebra library of a process that computes.
  public struct LinearAlgebra: Sendable, Equatable {
    /// Build description.
    public var library = BLAS.configuration
    /// Kernels in use.
    public var core = BLAS.coreName
    /// How the library runs in parallel.
    public var parallel = BLAS.parallelKind
  }

  /// Version of modlab.
  public var version = ModlabVersion.text
  /// The sources of the program.
  public var build: BuildRecord
  /// SHA-256 of the file of the program.
  public var programDigest: String?
  /// The Swift compiler.
  public var compiler = Compiler.version
  /// The linear-algebra library, nil for a process that does not load it.
  public var linearAlgebra: LinearAlgebra?
  /// Threads of a worker.
  public var threads: Int
  /// Level of the elementwise kernels.
  public var kernelLevel = KernelLevel.active.rawValue
  /// Model of the processor.
  public var processor = SystemFacts.processorModel
  /// Instruction sets of interest.
  public var processorFeatures = Processor.features
  /// Number of processor cores.
  public var cores = ProcessInfo.processInfo.activeProcessorCount
  /// Name of the machine.
  public var host = Machine.name
  /// Operating system and C library.
  public var system = SystemFacts.operatingSystem

  /// The environment of workers started by this process, as far as it is known without computing:
  /// the linear-algebra library is on record with each run.
  public static func ofWorkers(_ build: BuildRecord) -> EnvironmentRecord {
    EnvironmentRecord(
      build: build, programDigest: ProgramDigest.ofThisProgram, linearAlgebra: nil, threads: 1)
  }

  /// The environment of this process, which computes.
  ///
  /// - Parameter environment: the environment variables; a worker learns from them what its parent
  ///   knows about the program.
  /// - Precondition: the linear-algebra library can be loaded.
  public static func ofThisProcess(
    _ build: BuildRecord = BuildRecord(), environment: [String: String] = [:]
  ) -> EnvironmentRecord {
    EnvironmentRecord(
      build: build, programDigest: environment[ProgramDigest.variable],
      linearAlgebra: LinearAlgebra(), threads: BLAS.threads)
  }

  init(
    build: BuildRecord, programDigest: String?, linearAlgebra: LinearAlgebra?, threads: Int
  ) {
    self.build = build
    self.programDigest = programDigest
    self.linearAlgebra = linearAlgebra
    self.threads = threads
  }

  /// What the last bits of results depend on besides configuration and seed. Elementwise kernels
  /// give the same bits at every level.
  static var numeric: String {
    let version = BLAS.configuration.split(separator: " ").prefix(2).joined(separator: " ")
    let products = KernelLevel.active.hasFusedMultiplyAdd ? "fused" : "separate"
    return "\(version), kernels \(BLAS.coreName), \(BLAS.threads) thread, \(products) rounding"
  }

  /// The record as JSON.
  public var json: JSONValue {
    func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
    return [
      "modlab_version": .string(version), "git_commit": text(build.commit),
      "git_dirty": build.hasLocalChanges.map { .bool($0) } ?? .null,
      "program_sha256": text(programDigest), "compiler": .string(compiler),
      "blas_library": text(linearAlgebra?.library), "blas_core": text(linearAlgebra?.core),
      "blas_parallel": text(linearAlgebra?.parallel), "threads": .integer(threads),
      "kernel_level": .string(kernelLevel), "cpu_model": .string(processor),
      "cpu_features": .string(processorFeatures), "cores": .integer(cores),
      "host": .string(host), "system": .string(system),
    ]
  }
}

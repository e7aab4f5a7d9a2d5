import Foundation
import Store
import Tensors

/// The version of this program.
public enum ModlabVersion {
  /// Semantic version, as in the changelog.
  public static let text = "0.1.0"
}

/// Everything outside the manifest on which the bits of results may depend, for the record.
public struct EnvironmentRecord: Sendable, Equatable {
  /// Version of modlab.
  public var version = ModlabVersion.text
  /// Commit of the sources next to the program, when it stands in a git work tree.
  public var commit: String?
  /// Whether those sources have changes that are not committed.
  public var hasLocalChanges: Bool?
  /// The Swift compiler.
  public var compiler = Compiler.version
  /// Build description of the linear-algebra library.
  public var blasLibrary = BLAS.configuration
  /// Kernels of the linear-algebra library that workers use.
  public var blasCore: String
  /// How the linear-algebra library runs in parallel.
  public var blasParallel = BLAS.parallelKind
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

  /// Whether this program was built for debugging.
  public static var isDebugBuild: Bool { Compiler.isDebug }

  /// The environment that workers started by this process have.
  public static func ofWorkers(_ environment: [String: String]) -> EnvironmentRecord {
    let wanted = WorkerEnvironment.fixed(environment)[WorkerEnvironment.coreVariable] ?? ""
    var record = EnvironmentRecord(blasCore: wanted.isEmpty ? BLAS.coreName : wanted, threads: 1)
    (record.commit, record.hasLocalChanges) = SourceRevision.ofThisProgram
    return record
  }

  /// The environment of this process.
  ///
  /// - Parameter environment: the environment variables; a worker learns from them what its parent
  ///   knows about the sources.
  public static func ofThisProcess(
    _ environment: [String: String] = [:]
  ) -> EnvironmentRecord {
    var record = EnvironmentRecord(blasCore: BLAS.coreName, threads: BLAS.threads)
    if let text = environment[SourceRevision.variable] {
      (record.commit, record.hasLocalChanges) = SourceRevision.parse(text)
    }
    return record
  }

  init(blasCore: String, threads: Int) {
    self.blasCore = blasCore
    self.threads = threads
  }

  /// The record as JSON.
  public var json: JSONValue {
    [
      "modlab_version": .string(version), "git_commit": commit.map { .string($0) } ?? .null,
      "git_dirty": hasLocalChanges.map { .bool($0) } ?? .null, "compiler": .string(compiler),
      "blas_library": .string(blasLibrary), "blas_core": .string(blasCore),
      "blas_parallel": .string(blasParallel), "threads": .integer(threads),
      "kernel_level": .string(kernelLevel), "cpu_model": .string(processor),
      "cpu_features": .string(processorFeatures), "cores": .integer(cores),
      "host": .string(host), "system": .string(system),
    ]
  }
}

/// The compiler that built this program.
enum Compiler {
  /// The language version; the patch number is not visible to a program.
  static var version: String {
    #if compiler(>=6.4)
      "Swift 6.4 or later"
    #elseif compiler(>=6.3)
      "Swift 6.3"
    #elseif compiler(>=6.2)
      "Swift 6.2"
    #elseif compiler(>=6.1)
      "Swift 6.1"
    #else
      "Swift 6.0"
    #endif
  }

  /// Whether the program was built for debugging.
  static var isDebug: Bool {
    #if DEBUG
      true
    #else
      false
    #endif
  }
}

/// Facts about processor and system.
enum SystemFacts {
  /// What the system calls the processor.
  static let processorModel: String = {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    return line?.split(separator: ":", maxSplits: 1).last
      .map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
  }()

  /// The distribution and the C library.
  static let operatingSystem: String = {
    let distribution = ProcessInfo.processInfo.operatingSystemVersionString
    var bytes = [CChar](repeating: 0, count: 128)
    let length = confstr(Int32(_CS_GNU_LIBC_VERSION), &bytes, bytes.count)
    guard length > 1 else { return distribution }
    let library = String(
      decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return distribution + ", " + library
  }()
}

/// The state of the sources that this program was built from, as far as git can tell.
enum SourceRevision {
  /// The variable by which workers learn the revision, so that only their parent has to ask git.
  static let variable = "MODLAB_REVISION"

  /// Commit and whether there are changes; nil when the program does not stand in a work tree.
  static let ofThisProgram: (commit: String?, hasLocalChanges: Bool?) = find()

  /// The revision for ``variable``: the commit, and `+` where there are changes.
  static var text: String? {
    ofThisProgram.commit.map { $0 + (ofThisProgram.hasLocalChanges == true ? "+" : "") }
  }

  /// Reads what ``text`` gave.
  static func parse(_ text: String) -> (commit: String?, hasLocalChanges: Bool?) {
    (String(text.prefix { $0 != "+" }), text.hasSuffix("+"))
  }

  private static func find() -> (commit: String?, hasLocalChanges: Bool?) {
    guard let program = Bundle.main.executablePath else { return (nil, nil) }
    let folder = URL(fileURLWithPath: program).deletingLastPathComponent().path
    // A program that was copied into the work tree of something else says nothing.
    guard let root = git(["rev-parse", "--show-toplevel"], in: folder),
      FileManager.default.fileExists(atPath: root + "/Sources/modlab/main.swift"),
      let commit = git(["rev-parse", "HEAD"], in: folder)
    else { return (nil, nil) }
    let changes = git(["status", "--porcelain", "--untracked-files=no"], in: folder)
    return (commit, changes.map { !$0.isEmpty })
  }

  private static func git(_ arguments: [String], in folder: String) -> String? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    // Optional locks would let a mere question write into the work tree.
    process.arguments = ["git", "--no-optional-locks", "-C", folder] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let data = (try? output.fileHandleForReading.readToEnd()) ?? nil
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return nil }
    return String(decoding: data ?? .init(), as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }
}

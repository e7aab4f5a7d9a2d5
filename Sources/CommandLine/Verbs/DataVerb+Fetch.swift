import Datasets
import Fetching
import Foundation
import Runner
import Store

extension DataVerb {
  /// `modlab data fetch`.
  @Sendable static func fetch(_ invocation: Invocation) throws -> ExitCode {
    let (arguments, console) = (invocation.arguments, invocation.console)
    let sets = try sets(arguments) ?? []
    let source = try source(arguments)
    let folder = ManifestOptions.dataFolder(arguments)
    StopSignal.install()
    let display = FetchDisplay(console)
    defer { display.end() }
    let fetcher = DataFetcher(
      into: folder, from: source, allowsUnverified: arguments.flag("allow-unverified")
    ) { event in
      if let signal = StopSignal.current {
        throw Failure(
          signal == SIGINT ? .interrupted : .terminated, "stopped by \(SignalName.of(signal))",
          help: "the same command resumes where it stopped")
      }
      try display.show(event)
    }
    var status = ExitCode.success
    for set in sets {
      do {
        let files = try fetcher.fetch(set)
        display.end()
        try conclude(set, files, folder, console)
      } catch let failure as Failure where failure.exitCode == .dataMissing {
        // The other sets may be had all the same.
        display.end()
        console.report(failure)
        status = failure.exitCode
      }
    }
    return status
  }

  private static func source(_ arguments: Arguments) throws -> DataFetcher.Source {
    let (from, mirror) = (arguments.text("from"), arguments.text("mirror"))
    if from != nil, mirror != nil {
      throw Failure(.usage, "--from and --mirror exclude each other", help: "leave one out")
    }
    if let from {
      guard Folder.isFolder(from) else {
        throw Failure(
          .dataMissing, "there is no folder \(Failure.quote(path: from))", help: "check --from")
      }
      return .folder(from)
    }
    if let mirror {
      guard ["http://", "https://", "file://"].contains(where: mirror.hasPrefix) else {
        throw Failure(
          .usage, "\(Failure.quote(mirror)) is not a value of --mirror",
          why: "an address that begins with http://, https:// or file:// is needed")
      }
      return .mirror(mirror)
    }
    return .official
  }

  private static func conclude(
    _ set: OfficialDataSet, _ files: [FetchedFile], _ folder: DataFolder, _ console: Console
  ) throws {
    for file in files {
      var members = members(set.name, file.file)
      members["origin"] = .string(file.origin.rawValue)
      try console.record("modlab-data-file-1", members)
      if !file.file.state.isUsable {
        console.warning(
          "\(file.file.path) is not the published file: \(file.file.state.reason)")
      }
    }
    let unverifiable = files.count { if case .unverifiable = $0.file.state { true } else { false } }
    if unverifiable > 0 {
      console.message("\(set.name): no checksums are published; \(unverifiable) files not verified")
    }
    let kept = files.count { $0.origin == .kept }
    let news = kept == files.count ? "all were present" : "\(files.count - kept) new"
    try console.result("\(set.name): \(files.count) files in \(folder.path)/\(set.name), \(news)\n")
  }
}

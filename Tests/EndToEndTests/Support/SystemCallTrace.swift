import Foundation

/// Follows the system calls of one thread that change files, as `strace` tells them.
struct SystemCallTrace {
  /// What went against the order.
  private(set) var problems: [String] = []
  /// Files that were written under a temporary name and renamed.
  private(set) var writes = 0
  /// Files that got a second name before they were replaced.
  private(set) var kept = 0

  private enum Content { case empty, written, synchronized }

  private let root: String
  /// Temporary files, by path, and whether their content is on the disk.
  private var temporaries: [String: Content] = [:]
  /// A folder that has got a new name and is not on the disk yet.
  private var pendingFolder: String?

  /// Looks at files below a folder.
  init(below root: String) { self.root = root }

  // MARK: - strace

  /// Why nothing can be traced; nil when it can.
  static let obstacle: String? = {
    let program = "/usr/bin/strace"
    guard FileManager.default.isExecutableFile(atPath: program) else {
      return "there is no \(program); 'make test' installs it"
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["-o", "/dev/null", "/bin/true"]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return "\(program) cannot be started" }
    process.waitUntilExit()
    return process.terminationStatus == 0 ? nil : "the system forbids ptrace"
  }()

  /// The words before a command that is to be traced: a file per thread, paths with descriptors.
  static func command(output: String) -> [String] {
    [
      "/usr/bin/strace", "-ff", "-qq", "-y", "-s", "0", "-e", "signal=none", "-e",
      "trace=open,openat,creat,write,pwrite64,writev,fsync,fdatasync,rename,renameat,renameat2,"
        + "link,linkat,unlink,unlinkat,truncate,ftruncate",
      "-o", output,
    ]
  }

  // MARK: - Reading

  /// Takes the next line.
  mutating func read(_ line: String) {
    guard let name = line.firstMatch(of: /^(\w+)\(/)?.1,
      let result = line.split(separator: "=").last,
      !result.hasPrefix(" -1")
    else { return }
    switch name {
    case "open", "openat", "creat": open(line)
    case "write", "pwrite64", "writev": write(to: descriptor(line), line)
    case "fsync", "fdatasync": synchronize(descriptor(line))
    case "rename", "renameat", "renameat2": rename(line)
    case "link", "linkat": link(line)
    case "truncate": problems.append("truncates a file in place: \(line)")
    default: break
    }
  }

  /// Ends the trace.
  mutating func finish() {
    if let pendingFolder { problems.append("\(pendingFolder) never came to the disk") }
    for (path, content) in temporaries { problems.append("\(path) was left \(content)") }
  }

  /// The path of the descriptor that is the first argument: `fsync(5</a/b>)`.
  private func descriptor(_ line: String) -> String {
    line.firstMatch(of: /^\w+\(\d+<([^>]*)>/).map { String($0.1) } ?? ""
  }

  private func quoted(_ line: String) -> [String] {
    line.matches(of: /"([^"]*)"/).map { String($0.1) }
  }

  /// Relative paths become absolute ones; the program works in the parent of the root.
  private func absolute(_ path: String) -> String {
    path.hasPrefix("/")
      ? path : URL(fileURLWithPath: root).deletingLastPathComponent().path + "/" + path
  }

  private func concerns(_ path: String) -> Bool { path.hasPrefix(root) }

  private mutating func open(_ line: String) {
    guard let path = quoted(line).first.map(absolute), concerns(path),
      line.contains("O_WRONLY") || line.contains("O_RDWR") || line.hasPrefix("creat")
    else { return }
    let name = URL(fileURLWithPath: path).lastPathComponent
    if name.hasPrefix("."), name.hasSuffix(".tmp"), line.contains("O_EXCL") {
      if let pendingFolder { problems.append("\(path) before \(pendingFolder) is on the disk") }
      temporaries[path] = .empty
    } else if name == "log.txt" {
      if !line.contains("O_APPEND") { problems.append("opens a log to overwrite it: \(line)") }
    } else if name.hasSuffix(".tmp"), !line.contains("O_CREAT"), !line.contains("O_TRUNC") {
      // Whoever sweeps asks for its lock, for which some file systems want a file open for writing.
    } else if !name.hasSuffix(".lock") || line.contains("O_TRUNC") {
      problems.append("opens a file for writing in place: \(line)")
    }
  }

  private mutating func write(to path: String, _ line: String) {
    if temporaries[path] != nil { temporaries[path] = .written }
  }

  private mutating func synchronize(_ path: String) {
    if temporaries[path] != nil { temporaries[path] = .synchronized }
    if path == pendingFolder { pendingFolder = nil }
  }

  private mutating func rename(_ line: String) {
    let paths = quoted(line).map(absolute)
    guard paths.count == 2, concerns(paths[1]) else { return }
    guard let content = temporaries.removeValue(forKey: paths[0]) else {
      problems.append("renames what is no temporary file: \(line)")
      return
    }
    if content != .synchronized { problems.append("not on the disk, but \(content): \(line)") }
    pendingFolder = URL(fileURLWithPath: paths[1]).deletingLastPathComponent().path
    writes += 1
  }

  private mutating func link(_ line: String) {
    let paths = quoted(line).map(absolute)
    guard paths.count == 2, concerns(paths[1]) else { return }
    // The old file stays reachable under its second name before the new one takes its place.
    if paths[1] != paths[0] + ".previous" { problems.append("an unexpected second name: \(line)") }
    if !temporaries.values.contains(.synchronized) {
      problems.append("keeps the old file before the new one is on the disk: \(line)")
    }
    kept += 1
  }
}

import Foundation
import Glibc

/// A file system of its own in memory, which can be full.
struct TinyDisk {
  /// Where it is mounted.
  let folder: String

  /// Why none can be mounted; nil when one can.
  static let obstacle: String? = {
    guard getuid() == 0 else { return "only root can mount a file system" }
    let folder = "/tmp/modlab-mount-\(getpid())"
    guard mkdir(folder, 0o700) == 0 else { return "\(folder) cannot be made" }
    defer { rmdir(folder) }
    guard mount(folder, kibibytes: 64) else { return "mounting is not permitted here" }
    unmount(folder)
    return nil
  }()

  /// Mounts a disk for one test.
  static func with(_ folder: String, kibibytes: Int, _ body: (TinyDisk) throws -> Void) throws {
    guard mkdir(folder, 0o700) == 0, mount(folder, kibibytes: kibibytes) else {
      throw Modlab.Problem(description: obstacle ?? "\(folder) cannot be mounted")
    }
    defer { unmount(folder) }
    try body(TinyDisk(folder: folder))
  }

  /// Fills the disk except for some pages of 4 KiB.
  func fill(leaving pages: Int) throws {
    let path = folder + "/ballast"
    let file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    guard file >= 0 else { throw Modlab.Problem(description: "no ballast: errno \(errno)") }
    defer { close(file) }
    let page = [UInt8](repeating: 0, count: 4096)
    while write(file, page, page.count) == page.count {}
    var status = stat()
    fstat(file, &status)
    ftruncate(file, max(0, status.st_size / 4096 - pages) * 4096)
  }

  private static func mount(_ folder: String, kibibytes: Int) -> Bool {
    run("mount", "-t", "tmpfs", "-o", "size=\(kibibytes)k,mode=700", "modlab-test", folder)
  }

  private static func unmount(_ folder: String) { _ = run("umount", "-l", folder) }

  private static func run(_ words: String...) -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}

import Foundation
import Store

/// How a worker process is started.
public struct WorkerCommand: Sendable {
  /// Path of the program.
  public let executable: String
  /// Arguments, without the name of the program.
  public let arguments: [String]
  /// The whole environment of the process.
  public let environment: [String: String]

  /// Creates a command.
  public init(executable: String, arguments: [String], environment: [String: String]) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
  }

  /// The program that is running now, as a worker.
  ///
  /// `/proc/self/exe` names the running file itself, so that all workers of a sweep are the same
  /// program even when it is built anew meanwhile.
  public static func thisProgram(environment: [String: String]) -> WorkerCommand {
    var fixed = WorkerEnvironment.fixed(environment)
    fixed[ProgramDigest.variable] = ProgramDigest.ofThisProgram
    return WorkerCommand(
      executable: "/proc/self/exe", arguments: ["worker"], environment: fixed)
  }
}

/// How a process ended.
enum Termination: Equatable {
  case exited(Int32)
  case signalled(Int32)
}

/// A worker: a child process that computes one run.
///
/// The specification goes to its standard input, which then stays open: when this process dies, the
/// worker reads the end of the input and stops. Events come as lines from its standard output,
/// messages of a crash from its standard error.
final class WorkerProcess {
  let identifier: pid_t
  /// Descriptor of the worker's standard output, non-blocking.
  let output: Int32
  /// Descriptor of the worker's standard error, non-blocking.
  let error: Int32
  private var input: Int32
  private var outputLines = LineBuffer()
  private var errorLines = LineBuffer()
  /// The last lines of the worker's standard error.
  private(set) var errorTail: [String] = []
  /// The message with which the program stopped itself; a backtrace may push it out of the tail.
  private(set) var fatalError: String?
  private(set) var isOutputClosed = false
  private(set) var isErrorClosed = false

  /// Starts a worker and sends it the specification.
  ///
  /// - Throws: ``Failure`` when the system cannot start a process.
  init(_ command: WorkerCommand, specification: String) throws {
    let pipes = try WorkerProcess.pipes(3)
    let (toWorker, fromWorker, errors) = (pipes[0], pipes[1], pipes[2])
    defer { [toWorker.read, fromWorker.write, errors.write].forEach { _ = close($0) } }
    input = toWorker.write
    output = fromWorker.read
    error = errors.read
    do {
      identifier = try WorkerProcess.spawn(
        command, descriptors: (toWorker.read, fromWorker.write, errors.write))
    } catch {
      [toWorker.write, fromWorker.read, errors.read].forEach { _ = close($0) }
      throw error
    }
    for descriptor in [output, error] { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
    // A worker that died at once does not read; its end is noticed by the reader of its output.
    let line = Array((specification + "\n").utf8)
    var rest = line[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
      if written < 0, errno != EINTR { break }
      rest = rest.dropFirst(max(0, written))
    }
  }

  deinit {
    closeInput()
    _ = close(output)
    _ = close(error)
  }

  /// Reads what the worker has written so far.
  ///
  /// - Returns: the complete lines of its standard output.
  func readLines() -> [String] {
    if !isErrorClosed {
      let (bytes, isAtEnd) = WorkerProcess.readAvailable(error)
      let lines = errorLines.append(bytes) + (isAtEnd ? errorLines.finish() : [])
      fatalError = fatalError ?? lines.first { $0.contains("Fatal error") }
      errorTail = (errorTail + lines).suffix(20)
      isErrorClosed = isAtEnd
    }
    guard !isOutputClosed else { return [] }
    let (bytes, isAtEnd) = WorkerProcess.readAvailable(output)
    isOutputClosed = isAtEnd
    return outputLines.append(bytes) + (isAtEnd ? outputLines.finish() : [])
  }

  /// Asks the worker to save its state and end.
  func requestStop() {
    closeInput()
    _ = Foundation.kill(identifier, SIGTERM)
  }

  /// Ends the worker at once.
  func kill() { _ = Foundation.kill(identifier, SIGKILL) }

  /// Waits until the worker has ended.
  ///
  /// - Precondition: called once.
  func wait() -> Termination {
    var status: Int32 = 0
    while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
    // The macros WIFEXITED and WEXITSTATUS are not visible from Swift.
    let signal = status & 0x7F
    return signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
  }

  private func closeInput() {
    if input >= 0 { _ = close(input) }
    input = -1
  }

  // MARK: - System calls

  private static func readAvailable(_ descriptor: Int32) -> (bytes: [UInt8], isAtEnd: Bool) {
    var bytes: [UInt8] = []
    while true {
      var (count, error) = (0, Int32(0))
      bytes += [UInt8](unsafeUninitializedCapacity: 1 << 14) { chunk, initialized in
        count = read(descriptor, chunk.baseAddress, chunk.count)
        error = errno
        initialized = max(0, count)
      }
      if count > 0 {
        continue
      } else if count == 0 {
        return (bytes, true)
      } else if error != EINTR {
        return (bytes, error != EAGAIN)
      }
    }
  }

  /// The two ends of a pipe.
  typealias Pipe = (read: Int32, write: Int32)

  /// Makes pipes: all of them, or none when the system refuses one.
  static func pipes(
    _ count: Int, make: () throws -> Pipe = makePipe,
    close: (Int32) -> Void = { _ = Foundation.close($0) }
  ) throws -> [Pipe] {
    var pipes: [Pipe] = []
    do {
      while pipes.count < count { pipes.append(try make()) }
    } catch {
      for pipe in pipes {
        close(pipe.read)
        close(pipe.write)
      }
      throw error
    }
    return pipes
  }

  private static func makePipe() throws -> Pipe {
    var ends: [Int32] = [-1, -1]
    guard Foundation.pipe(&ends) == 0 else {
      throw Failure(
        .inputOutput, "cannot start a worker", why: String(cString: strerror(errno)),
        help: "raise the limit of open files (ulimit -n) or use fewer workers")
    }
    // No other worker may inherit these: a copy of the write end would hide the death of the
    // parent.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  private static func spawn(
    _ command: WorkerCommand, descriptors: (input: Int32, output: Int32, error: Int32)
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, descriptors.input, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, descriptors.output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, descriptors.error, STDERR_FILENO)
    // The worker must hear signals even when this thread does not.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    var reset = sigset_t()
    sigfillset(&reset)
    // What `nohup` protects the parent from must not end its workers.
    sigdelset(&reset, SIGHUP)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &reset)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    let arguments = ["modlab"] + command.arguments
    let environment = command.environment.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }
    var identifier: pid_t = 0
    let result = withCStrings(arguments) { argumentPointers in
      withCStrings(environment) { environmentPointers in
        posix_spawn(
          &identifier, command.executable, &actions, &attributes, argumentPointers,
          environmentPointers)
      }
    }
    guard result == 0 else {
      throw Failure(
        .inputOutput, "cannot start a worker: \(command.executable)",
        why: String(cString: strerror(result)))
    }
    return identifier
  }

  private static func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) } + [nil]
    defer { pointers.forEach { free($0) } }
    return pointers.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { preconditionFailure("no terminating pointer") }
      return body(base)
    }
  }
}

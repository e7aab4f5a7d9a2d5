import Foundation

/// Threads that compute what the calling thread would.
public enum ComputeThreads {
  /// Calls `body` on several threads at the same time, one of them the calling one, and returns
  /// when all calls have ended.
  ///
  /// Further threads get the floating-point mode and the kernel level of the calling one, so that
  /// it does not matter which of them computes something. OpenBLAS is called by each with the one
  /// thread that ``BLAS/setThreads(_:)`` allows a product. When the system has no more threads,
  /// there are fewer calls.
  ///
  /// The compiler does not check what the calls share; whatever they change must be locked.
  ///
  /// - Precondition: `count` is at least 1.
  public static func run(_ count: Int, _ body: @escaping () -> Void) {
    require(count > 0, "\(count) threads")
    let start = Start(body)
    var threads: [pthread_t] = []
    for _ in 1..<count {
      var thread = pthread_t()
      let argument = Unmanaged.passRetained(start)
      let status = pthread_create(
        &thread, nil,
        { argument in
          guard let argument else { return nil }
          Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().run()
          return nil
        }, argument.toOpaque())
      guard status == 0 else {
        argument.release()
        break
      }
      threads.append(thread)
    }
    body()
    for thread in threads { pthread_join(thread, nil) }
  }

  /// What a thread takes over from the calling one.
  private final class Start {
    private let flushesDenormals = FloatingPointMode.flushesDenormals
    private let level = KernelTable.forced
    private let body: () -> Void

    init(_ body: @escaping () -> Void) { self.body = body }

    func run() {
      FloatingPointMode.flushingDenormals(flushesDenormals) {
        if let level { level.use(body) } else { body() }
      }
    }
  }
}

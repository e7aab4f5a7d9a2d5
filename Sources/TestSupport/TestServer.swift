import Glibc
import Synchronization

/// A web server on 127.0.0.1 for one test, which can be as bad as servers are.
public final class TestServer: Sendable {
  /// What the server has under a path, and how it gives it.
  public struct Resource: Sendable {
    /// What it has.
    public var content: [UInt8]
    /// The status of an answer that is none, such as 404.
    public var refusal: Int?
    /// Whether it sends the rest of a file when it is asked for the rest.
    public var honoursRanges = true
    /// After how many bytes of a body connections break; the first one first, then none.
    public var cuts: [Int] = []
    /// Whether it says how long the content is.
    public var declaresLength = true
    /// Microseconds between pieces of 4 KiB.
    public var pause: UInt32 = 0
    /// A path to which it sends whoever asks.
    public var redirection: String?

    /// A resource that is served as it should be.
    public init(_ content: [UInt8]) { self.content = content }
  }

  /// A request that was received.
  public struct Request: Sendable, Equatable {
    /// The path.
    public var path: String
    /// The first byte that was asked for, nil when the whole was.
    public var offset: Int?

    /// A request for a path, or for what comes from an offset on.
    public init(path: String, offset: Int? = nil) {
      self.path = path
      self.offset = offset
    }
  }

  private struct State {
    var resources: [String: Resource] = [:]
    var requests: [Request] = []
  }

  private let listener: Int32
  /// The port.
  public let port: Int
  private let state = Mutex(State())

  /// The address of the root, without a slash at its end.
  public var address: String { "http://127.0.0.1:\(port)" }

  /// The requests so far.
  public var requests: [Request] { state.withLock { $0.requests } }

  /// Starts a server.
  public init() {
    // Proxies of the machine cannot reach a server of a test.
    _ = Self.withoutProxy
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let isListening = withUnsafeMutablePointer(to: &place) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, length) == 0 && listen(listener, 16) == 0
          && getsockname(listener, address, &length) == 0
      }
    }
    precondition(isListening, "no server can be started: errno \(errno)")
    port = Int(UInt16(bigEndian: place.sin_port))
  }

  private static let withoutProxy: Void = { _ = setenv("no_proxy", "127.0.0.1", 1) }()

  /// Gives a path a resource.
  public subscript(path: String) -> Resource? {
    get { state.withLock { $0.resources[path] } }
    set { state.withLock { $0.resources[path] = newValue } }
  }

  /// Serves while `body` runs.
  public func serving<Result>(_ body: () throws -> Result) rethrows -> Result {
    var thread = pthread_t()
    let this = Unmanaged.passRetained(self).toOpaque()
    pthread_create(
      &thread, nil,
      { this in
        guard let this else { return nil }
        Unmanaged<TestServer>.fromOpaque(this).takeRetainedValue().acceptAll()
        return nil
      }, this)
    defer {
      // `accept` returns with an error.
      shutdown(listener, Int32(SHUT_RDWR))
      pthread_join(thread, nil)
      close(listener)
    }
    return try body()
  }

  // MARK: - Connections

  /// One connection after the other: what is fetched is fetched one by one.
  private func acceptAll() {
    while true {
      let connection = accept(listener, nil, nil)
      guard connection >= 0 else { return }
      answer(connection)
      shutdown(connection, Int32(SHUT_WR))
      close(connection)
    }
  }

  private func answer(_ connection: Int32) {
    guard let request = read(connection) else { return }
    let resource = state.withLock { state -> Resource? in
      state.requests.append(request)
      let resource = state.resources[request.path]
      if resource?.cuts.isEmpty == false { state.resources[request.path]?.cuts.removeFirst() }
      return resource
    }
    guard let resource, resource.refusal == nil else {
      send(
        "HTTP/1.1 \(resource?.refusal ?? 404) No\r\nContent-Length: 3\r\n\r\nno\n", to: connection)
      return
    }
    if let place = resource.redirection {
      send("HTTP/1.1 302 Found\r\nLocation: \(place)\r\nContent-Length: 0\r\n\r\n", to: connection)
      return
    }
    let size = resource.content.count
    var head = "HTTP/1.1 200 OK\r\n"
    var rest = resource.content[...]
    if let offset = request.offset, resource.honoursRanges {
      guard offset < size else {
        send(
          "HTTP/1.1 416 No\r\nContent-Range: bytes */\(size)\r\nContent-Length: 0\r\n\r\n",
          to: connection)
        return
      }
      rest = rest.dropFirst(offset)
      head = "HTTP/1.1 206 Part\r\nContent-Range: bytes \(offset)-\(size - 1)/\(size)\r\n"
    }
    if resource.declaresLength { head += "Content-Length: \(rest.count)\r\n" }
    send(head + "Connection: close\r\n\r\n", to: connection)
    if let cut = resource.cuts.first { rest = rest.prefix(cut) }
    while !rest.isEmpty {
      guard send(Array(rest.prefix(4096)), to: connection) else { return }
      rest = rest.dropFirst(4096)
      if resource.pause > 0 { usleep(resource.pause) }
    }
  }

  private func read(_ connection: Int32) -> Request? {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4096)
    while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
      let count = recv(connection, &piece, piece.count, 0)
      guard count > 0, bytes.count < 1 << 16 else { return nil }
      bytes += piece[..<count]
    }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
    let words = lines.first.map { $0.split(separator: " ") } ?? []
    guard words.count >= 2 else { return nil }
    let range = lines.first { $0.lowercased().hasPrefix("range: bytes=") }
    let offset = range.flatMap { Int($0.dropFirst(13).prefix { $0 != "-" }) }
    return Request(path: String(words[1]), offset: offset)
  }

  private func send(_ text: String, to connection: Int32) {
    _ = send(Array(text.utf8), to: connection)
  }

  private func send(_ bytes: [UInt8], to connection: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}

import CFetching
import Store

/// A request to a server for a file, or for the rest of one, made by libcurl.
///
/// Proxies are taken from the environment (`https_proxy`, `no_proxy`), as libcurl documents it.
final class WebTransfer {
  /// How a request ended.
  enum Outcome: Equatable {
    /// The server has sent everything.
    case complete
    /// The server sends the whole file only.
    case notContinued
    /// The server says that the file has no further bytes.
    case nothingMore
    /// The reason why not everything was received.
    case failed(String)
  }

  /// Seconds to wait for a connection.
  private static let connectionTimeout = 30
  /// Seconds without a byte after which a connection counts as dead.
  private static let silenceTimeout = 60

  private let receive: (UnsafeRawBufferPointer) throws -> Void
  private let observe: () throws -> Void
  private var error: (any Error)?

  /// Prepares a request.
  ///
  /// - Parameters:
  ///   - receive: Takes the bytes as they come; what it throws ends the request.
  ///   - observe: Called at least once a second; what it throws ends the request.
  init(
    receive: @escaping (UnsafeRawBufferPointer) throws -> Void,
    observe: @escaping () throws -> Void
  ) {
    self.receive = receive
    self.observe = observe
  }

  /// Asks for the bytes of a file from an offset to its end.
  ///
  /// - Throws: what the closures threw; ``Failure`` when there is no libcurl.
  func get(_ address: String, from offset: Int) throws -> Outcome {
    if let problem = libcurl_load() {
      throw Failure(
        .inputOutput, "libcurl cannot be loaded", why: String(cString: problem),
        help: "install it: apt-get install libcurl4")
    }
    guard let handle = libcurl_open() else {
      throw Failure(.internalError, "libcurl cannot be initialised", why: "out of memory")
    }
    defer { libcurl_close(handle) }
    var message = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))
    let code = message.withUnsafeMutableBufferPointer { message in
      prepare(handle, address, offset, message)
      return withExtendedLifetime(self) { libcurl_perform(handle) }
    }
    if let error { throw error }
    let status = libcurl_status(handle)
    if status == 416, offset > 0 { return .nothingMore }
    switch code {
    case CURLE_OK: return .complete
    case CURLE_RANGE_ERROR, CURLE_BAD_DOWNLOAD_RESUME: return .notContinued
    case CURLE_HTTP_RETURNED_ERROR: return .failed("the server responds with status \(status)")
    default:
      let text = String(
        decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      return .failed(text.isEmpty ? String(cString: libcurl_message(code)) : text)
    }
  }

  private func prepare(
    _ handle: UnsafeMutableRawPointer, _ address: String, _ offset: Int,
    _ message: UnsafeMutableBufferPointer<CChar>
  ) {
    let this = Unmanaged.passUnretained(self).toOpaque()
    libcurl_set_pointer(handle, CURLOPT_ERRORBUFFER, message.baseAddress)
    libcurl_set_text(handle, CURLOPT_URL, address)
    libcurl_set_text(handle, CURLOPT_USERAGENT, "modlab")
    // A server must not lead us to files of this machine.
    libcurl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https,file")
    libcurl_set_text(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
    libcurl_set_number(handle, CURLOPT_FOLLOWLOCATION, 1)
    libcurl_set_number(handle, CURLOPT_MAXREDIRS, 10)
    libcurl_set_number(handle, CURLOPT_FAILONERROR, 1)
    libcurl_set_number(handle, CURLOPT_NOSIGNAL, 1)
    libcurl_set_number(handle, CURLOPT_CONNECTTIMEOUT, Self.connectionTimeout)
    libcurl_set_number(handle, CURLOPT_LOW_SPEED_LIMIT, 1)
    libcurl_set_number(handle, CURLOPT_LOW_SPEED_TIME, Self.silenceTimeout)
    libcurl_set_size(handle, CURLOPT_RESUME_FROM_LARGE, Int64(offset))
    libcurl_set_pointer(handle, CURLOPT_WRITEDATA, this)
    libcurl_set_receiver(handle) { bytes, size, count, context in
      guard let context, let bytes else { return 0 }
      let transfer = Unmanaged<WebTransfer>.fromOpaque(context).takeUnretainedValue()
      let isTaken = transfer.attempt {
        try transfer.receive(UnsafeRawBufferPointer(start: bytes, count: size * count))
      }
      // Another number than was offered ends the request.
      return isTaken ? size * count : size * count + 1
    }
    libcurl_set_number(handle, CURLOPT_NOPROGRESS, 0)
    libcurl_set_pointer(handle, CURLOPT_XFERINFODATA, this)
    libcurl_set_observer(handle) { context, _, _, _, _ in
      guard let context else { return 1 }
      let transfer = Unmanaged<WebTransfer>.fromOpaque(context).takeUnretainedValue()
      return transfer.attempt { try transfer.observe() } ? 0 : 1
    }
  }

  /// Keeps the first error, since none can pass through libcurl.
  private func attempt(_ body: () throws -> Void) -> Bool {
    do {
      try body()
      return true
    } catch {
      if self.error == nil { self.error = error }
      return false
    }
  }
}

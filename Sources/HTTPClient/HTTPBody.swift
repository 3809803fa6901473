/// What is sent with a request.
public enum HTTPBody: Sendable {
    case none
    /// All of it, with its length stated.
    case bytes([UInt8])
    /// Produced while it is being sent, in chunked transfer encoding and with flat memory: a write waits while enough
    /// is on its way. An error that the closure throws cuts the body off, so that the server cannot take it for a whole
    /// one, and is reported as ``HTTPClientError/bodyFailed(_:)``.
    case stream(@Sendable (HTTPBodyWriter) async throws -> Void)

    /// A text as UTF-8.
    public static func text(_ text: String) -> HTTPBody {
        .bytes(Array(text.utf8))
    }
}

/// Where the producer of a streamed body puts its bytes.
public struct HTTPBodyWriter: Sendable {
    let pipe: RequestPipe

    /// Appends bytes to the body; pieces of any size, small ones are sent together.
    /// - Throws: `CancellationError` when the rest is not wanted any more: the server has already answered, the
    ///   connection broke, or the request was cancelled.
    public func write(_ bytes: some Sequence<UInt8> & Sendable) async throws(CancellationError) {
        if !pipe.append(bytes) {
            try await pipe.waitForRoom()
        }
    }

    /// Appends a text as UTF-8.
    /// - Throws: `CancellationError` when the rest is not wanted any more.
    public func write(_ text: String) async throws(CancellationError) {
        try await write(text.utf8)
    }
}

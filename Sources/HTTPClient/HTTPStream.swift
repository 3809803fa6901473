/// An answer whose body is read as it comes.
///
/// Iterate it for pieces of bytes, or ``lines`` for lines. The connection is closed before the end of the body when the
/// stream is let go of, ``cancel()`` is called, or the task that waits for the next piece is cancelled.
public final class HTTPStream: AsyncSequence, Sendable {
    public typealias Element = [UInt8]
    public typealias Failure = HTTPClientError

    public let head: HTTPResponseHead
    private let transfer: Transfer
    private let session: HTTPSession

    init(head: HTTPResponseHead, transfer: Transfer, session: HTTPSession) {
        self.head = head
        self.transfer = transfer
        self.session = session
    }

    deinit {
        cancel()
    }

    public var status: Int { head.status }
    public var headers: HTTPHeaders { head.headers }

    /// The body in lines, without their ends (`\n` or `\r\n`); a last line needs no end.
    public var lines: HTTPLines { HTTPLines(stream: self) }

    /// Closes the connection; whoever waits gets ``HTTPClientError/cancelled``.
    public func cancel() {
        session.cancel(transfer)
    }

    /// What is left of the body: the message of an answer that is no success, for instance.
    public func rest() async throws(HTTPClientError) -> [UInt8] {
        var whole: [UInt8] = []
        while let bytes = try await next() {
            whole += bytes
        }
        return whole
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(stream: self)
    }

    /// The next piece of the body, never an empty one; nil at its end.
    fileprivate func next() async throws(HTTPClientError) -> [UInt8]? {
        while true {
            await session.wait(for: .bytes, of: transfer)
            guard let (bytes, mustWakeReceiver) = try transfer.channel.takeBytes() else { return nil }
            if mustWakeReceiver { session.resumeReceiving(transfer) }
            if !bytes.isEmpty { return bytes }
        }
    }

    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let stream: HTTPStream

        public mutating func next() async throws(HTTPClientError) -> [UInt8]? {
            try await stream.next()
        }

        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(HTTPClientError) -> [UInt8]? {
            try await stream.next()
        }
    }
}

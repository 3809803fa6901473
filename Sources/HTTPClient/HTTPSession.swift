/// A small HTTP/1.1 client over libcurl: connections are kept and reused, one thread serves all requests, and that
/// thread starts with the first of them.
///
/// ```swift
/// let session = HTTPSession()
/// let response = try await session.send(HTTPRequest(.get, "http://127.0.0.1:4200/api/health"))
/// ```
/// Redirections are not followed. A proxy named by the environment is used as curl does, but never for loopback.
public final class HTTPSession: Sendable {
    private let loop: TransferLoop
    private let userAgent: String

    /// - Parameter userAgent: the `User-Agent` of every request that names none.
    public init(userAgent: String = "sluice") {
        loop = TransferLoop()
        self.userAgent = userAgent
    }

    deinit {
        loop.stop()
    }

    /// Sends a request and waits for the whole answer. Cancelling the task closes the connection.
    public func send(_ request: HTTPRequest) async throws(HTTPClientError) -> HTTPResponse {
        let transfer = try start(request, room: .max)
        await wait(for: .end, of: transfer)
        try transfer.channel.requireCompletion()
        guard let head = try transfer.channel.head() else {
            throw .interrupted(url: request.url, reason: "the answer had no head")
        }
        return HTTPResponse(head: head, body: try transfer.channel.takeBytes()?.bytes ?? [])
    }

    /// Sends a request and waits for the head of the answer; the body is read from the stream as it comes. A slow
    /// reader slows the server down; one that lets go of the stream closes the connection.
    public func stream(_ request: HTTPRequest) async throws(HTTPClientError) -> HTTPStream {
        let transfer = try start(request, room: 256 * 1024)
        await wait(for: .head, of: transfer)
        guard let head = try transfer.channel.head() else {
            throw .interrupted(url: request.url, reason: "the answer had no head")
        }
        return HTTPStream(head: head, transfer: transfer, session: self)
    }

    private func start(_ request: HTTPRequest, room: Int) throws(HTTPClientError) -> Transfer {
        let transfer = Transfer(try CheckedRequest(request, userAgent: userAgent), room: room, loop: loop)
        loop.submit(.start(transfer))
        return transfer
    }

    /// Waits for a milestone of a transfer; if the task is cancelled meanwhile, so is the transfer.
    func wait(for milestone: ResponseChannel.Milestone, of transfer: Transfer) async {
        await withTaskCancellationHandler {
            await transfer.channel.wait(for: milestone)
        } onCancel: {
            cancel(transfer)
        }
    }

    func cancel(_ transfer: Transfer) {
        transfer.channel.end(.failure(.cancelled))
        loop.submit(.abandon(transfer))
    }

    func resumeReceiving(_ transfer: Transfer) {
        loop.submit(.wake(transfer))
    }
}

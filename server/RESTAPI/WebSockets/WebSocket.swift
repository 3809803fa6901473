import JSON
import NIOCore
import NIOWebSocket
import Synchronization

/// One WebSocket, for the conversation over it.
struct WebSocket: Sendable {
    /// What Prefect's clients ask for, and begin with an exchange of words about who they are.
    static let subprotocol = "prefect"

    let inbox: WebSocketInbox
    /// Whether the client asked for that subprotocol.
    let speaksPrefect: Bool
    let askForMore: @Sendable () -> Void
    /// Sends frames in one go; done when the network has taken them.
    let write: @Sendable ([WebSocketFrame]) -> EventLoopFuture<Void>
    let close: @Sendable (WebSocketClosure) -> Void

    /// Holds a conversation, and closes when it ends.
    func carry(_ conversation: some WebSocketConversation) async {
        do {
            try await conversation.talk(over: self)
            close(.normal)
        } catch let closure as WebSocketClosure {
            close(closure)
        } catch is CancellationError {
            close(.normal)
        } catch {
            close(.failure("\(error)"))
        }
    }

    /// What has come since this was last called; waits for something if nothing has. Nil when the client has gone.
    func received() async -> [WebSocketMessage]? {
        await inbox.take(orElse: askForMore)
    }

    /// Sends messages in one go, and waits until the network has taken them.
    func send(_ messages: [JSONValue]) async throws {
        guard !messages.isEmpty else { return }
        let frames = messages.map {
            WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: $0.serializedBytes()))
        }
        try await write(frames).get()
    }

    func send(_ message: JSONValue) async throws { try await send([message]) }

    /// Answers a ping: all that came before it has been taken.
    func pong(_ bytes: ByteBuffer) async throws {
        try await write([WebSocketFrame(fin: true, opcode: .pong, data: bytes)]).get()
    }

    /// Answers pings, and nothing else, until the client leaves: for those who only speak.
    func answerPings() async throws {
        while let messages = await received() {
            for case .ping(let bytes) in messages { try await pong(bytes) }
        }
    }
}

/// What a client says.
enum WebSocketMessage: Sendable {
    case text(ByteBuffer)
    /// Pings wait in line: what answers one has dealt with what came before.
    case ping(ByteBuffer)

    /// - Throws: `WebSocketClosure` for what is no JSON.
    static func json(_ bytes: ByteBuffer) throws(WebSocketClosure) -> JSONValue {
        let parsed = bytes.withUnsafeReadableBytes { bytes in
            Result { () throws(JSONError) in try JSONValue(parsing: bytes) }
        }
        switch parsed {
        case .success(let value): return value
        case .failure(let error): throw .invalidData("the message is no JSON: \(error)")
        }
    }
}

/// Messages that have come and not been taken yet.
final class WebSocketInbox: Sendable {
    private struct State {
        var messages: [WebSocketMessage] = []
        var waiter: CheckedContinuation<[WebSocketMessage]?, Never>?
        var isFinished = false
    }

    private let state = Mutex(State())

    /// Whether somebody waits for a message.
    var isWanted: Bool { state.withLock { $0.waiter != nil } }

    func put(_ message: WebSocketMessage) {
        let waiter = state.withLock { state in
            if state.waiter == nil { state.messages.append(message) }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: [message])
    }

    func finish() {
        let waiter = state.withLock { state in
            state.isFinished = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: nil)
    }

    /// Everything that has come; if nothing has, asks for more and waits for it, for as long as the task is not cancelled.
    func take(orElse ask: @Sendable () -> Void) async -> [WebSocketMessage]? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: [WebSocketMessage]?? = state.withLock { state in
                    if !state.messages.isEmpty {
                        defer { state.messages = [] }
                        return .some(state.messages)
                    }
                    if state.isFinished { return .some(nil) }
                    state.waiter = continuation
                    return nil
                }
                if let answer { return continuation.resume(returning: answer) }
                if Task.isCancelled { stopWaiting() } else { ask() }
            }
        } onCancel: {
            stopWaiting()
        }
    }

    private func stopWaiting() {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: nil)
    }
}

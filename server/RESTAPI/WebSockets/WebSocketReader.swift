import JSON
import NIOCore
import Orchestration

/// Reads what a client says one message after the other, and answers pings on the way.
struct WebSocketReader {
    private let socket: WebSocket
    private var messages: ArraySlice<WebSocketMessage> = []

    init(_ socket: WebSocket) { self.socket = socket }

    /// The next message; nil when the client has gone.
    mutating func next() async throws -> JSONValue? {
        while true {
            while let message = messages.popFirst() {
                switch message {
                case .text(let bytes): return try WebSocketMessage.json(bytes)
                case .ping(let bytes): try await socket.pong(bytes)
                }
            }
            guard let more = await socket.received() else { return nil }
            messages = more[...]
        }
    }

    /// Everything that has come since, and nothing that `next` gave.
    mutating func batch() async -> [WebSocketMessage]? {
        guard messages.isEmpty else {
            defer { messages = [] }
            return Array(messages)
        }
        return await socket.received()
    }

    /// What Prefect's clients begin with: `{"type": "auth", "token": …}`, to which a word of welcome is due. Those that
    /// did not ask for Prefect's subprotocol say nothing of the kind.
    ///
    /// - Parameter word: the reason that is told to those who are refused, instead of the true one.
    /// - Returns: the attempt that speaks, if one does.
    /// - Throws: `WebSocketClosure` when something else comes first, or somebody who may not come in.
    @discardableResult
    mutating func greet(by door: Admission, refusingWith word: String? = nil) async throws -> AttemptName? {
        guard socket.speaksPrefect else { return nil }
        guard let greeting = try await next(), greeting["type"]?.stringValue == "auth" else {
            throw WebSocketClosure.refused(word ?? "Expected 'auth' message")
        }
        let speaker: AttemptName?
        do {
            speaker = try await door.speaker(showing: greeting["token"]?.stringValue)
        } catch let failure as Unauthorized {
            throw WebSocketClosure.refused(
                word ?? (failure.showsNothing ? "Auth required but no token provided" : "Invalid token"))
        } catch OrchestrationError.refusedSpeaker(let reason) {
            throw WebSocketClosure.refused(word ?? reason)
        }
        try await socket.send(["type": "auth_success"])
        return speaker
    }

    /// The filter that a client says next: `{"type": "filter", "filter": {…}}`.
    ///
    /// - Throws: `WebSocketClosure` when something else comes, or what cannot be read.
    mutating func filter<Filter: JSONReadable>(
        as: Filter.Type = Filter.self
    ) async throws -> (filter: Filter, message: JSONValue)? {
        guard let message = try await next() else { return nil }
        guard message["type"]?.stringValue == "filter" else {
            throw WebSocketClosure.protocolError("Expected 'filter' message")
        }
        do {
            let filter = try Filter(reading: JSONReader(message["filter"] ?? .object([:]), path: ["filter"]))
            return (filter, message)
        } catch {
            throw WebSocketClosure.protocolError("Invalid filter: \(error)")
        }
    }
}

import Domain
import JSON
import NIOCore
import Orchestration

/// `/events/in`: clients tell of events. None is answered; a ping is, once all that came before it is stored.
struct EventsIn: WebSocketConversation {
    let orchestrator: Orchestrator

    func talk(over socket: WebSocket) async throws {
        var reader = WebSocketReader(socket)
        _ = try await reader.greet()
        while let messages = await reader.batch() {
            // Cut off or not: what has come is stored.
            try await take(messages, socket)
        }
    }

    private func take(_ messages: [WebSocketMessage], _ socket: WebSocket) async throws {
        var events: [Event] = []
        for message in messages {
            switch message {
            case .text(let bytes):
                do {
                    events.append(try event(bytes))
                } catch {
                    try await orchestrator.take(events)
                    throw error
                }
            case .ping(let bytes):
                try await orchestrator.take(events)
                events = []
                try? await socket.pong(bytes)
            }
        }
        try await orchestrator.take(events)
    }

    private func event(_ bytes: ByteBuffer) throws -> Event {
        let value = try WebSocketMessage.json(bytes)
        do {
            return try ToldEvent(reading: JSONReader(value)).received(at: orchestrator.now)
        } catch {
            throw WebSocketClosure.invalidData("the event cannot be read: \(error)")
        }
    }
}

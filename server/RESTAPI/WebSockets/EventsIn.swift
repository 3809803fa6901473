import Domain
import JSON
import NIOCore
import Orchestration

/// `/events/in`: clients tell of events. None is answered; a ping is, once all that came before it is stored.
struct EventsIn: WebSocketConversation {
    let orchestrator: Orchestrator
    let door: Admission

    func talk(over socket: WebSocket) async throws {
        var reader = WebSocketReader(socket)
        do {
            let speaker = try await reader.greet(by: door)
            while let messages = await reader.batch() {
                // Cut off or not: what has come is stored.
                try await take(messages, by: speaker, socket)
            }
        } catch OrchestrationError.refusedSpeaker(let reason) {
            throw WebSocketClosure.refused(reason)
        }
    }

    private func take(_ messages: [WebSocketMessage], by speaker: AttemptName?, _ socket: WebSocket) async throws {
        var events: [Event] = []
        for message in messages {
            switch message {
            case .text(let bytes):
                do {
                    events.append(try event(bytes))
                } catch {
                    try await orchestrator.take(events, by: speaker)
                    throw error
                }
            case .ping(let bytes):
                try await orchestrator.take(events, by: speaker)
                events = []
                try? await socket.pong(bytes)
            }
        }
        try await orchestrator.take(events, by: speaker)
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

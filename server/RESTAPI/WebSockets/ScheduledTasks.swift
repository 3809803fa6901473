import Domain
import JSON
import Orchestration

/// `/task_runs/subscriptions/scheduled`: a process that serves tasks is handed the task runs that wait for it, one after
/// the other: the next when it has said that it has the last.
struct ScheduledTasks: WebSocketConversation {
    let orchestrator: Orchestrator
    let door: Admission

    func talk(over socket: WebSocket) async throws {
        var reader = WebSocketReader(socket)
        try await reader.greet(by: door)
        guard let subscription = try await reader.next() else { return }
        guard subscription["type"]?.stringValue == "subscribe" else {
            throw Self.violation("expected 'subscribe' message")
        }
        let keys = (subscription["keys"]?.arrayValue ?? []).compactMap(\.stringValue)
        guard !keys.isEmpty else { throw Self.violation("expected 'keys' in subscribe message") }
        guard let client = subscription["client_id"]?.stringValue, !client.isEmpty else {
            throw Self.violation("expected 'client_id' in subscribe message")
        }
        let seat = try await orchestrator.seat(keys: keys, client: client)
        do {
            try await serve(seat, socket, reader)
        } catch {
            try await orchestrator.leave(seat)
            throw error
        }
        try await orchestrator.leave(seat)
    }

    private func serve(_ seat: TaskSeat, _ socket: WebSocket, _ reader: WebSocketReader) async throws {
        // A client that leaves while it waits is only heard of by whoever reads.
        let acknowledgements = AsyncStream.makeStream(of: JSONValue?.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var inbound = reader
                defer {
                    acknowledgements.continuation.yield(nil)
                    acknowledgements.continuation.finish()
                }
                while let word = try await inbound.next() { acknowledgements.continuation.yield(word) }
            }
            group.addTask { try await handOut(seat, socket, acknowledgements.stream) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func handOut(
        _ seat: TaskSeat, _ socket: WebSocket, _ words: AsyncStream<JSONValue?>
    ) async throws {
        var words = words.makeAsyncIterator()
        while let task = try await orchestrator.nextScheduledTask(for: seat) {
            do {
                try await socket.send(task.view(at: orchestrator.now))
                guard let word = await words.next() ?? nil else { throw WebSocketClosure.normal }
                switch word["type"]?.stringValue {
                case "ack": try await orchestrator.handOver(task.id, to: seat)
                case "quit": throw WebSocketClosure.normal
                default: throw Self.violation("expected 'ack' message")
                }
            } catch {
                orchestrator.taskDesk.takeBack(task.id, from: seat)
                throw error
            }
        }
    }

    private static func violation(_ what: String) -> WebSocketClosure {
        WebSocketClosure(code: 4001, reason: "Protocol violation: \(what)")
    }
}

import Domain
import JSON
import Orchestration

/// `/logs/out`: a client says which log lines it wants, and is told of those that come from then on.
struct LogsOut: WebSocketConversation {
    let orchestrator: Orchestrator
    let door: Admission

    func talk(over socket: WebSocket) async throws {
        var reader = WebSocketReader(socket)
        try await reader.greet(by: door)
        guard let (filter, _) = try await reader.filter(as: LiveLogFilter.self) else { return }
        let feed = LogFeed(orchestrator, filter)
        try await socket.speak {
            var feed = feed
            try await feed.run { lines in
                try await socket.send(lines.map { ["type": "log", "log": $0.view] })
            }
        }
    }
}

import APIClient
import Domain
import JSON

/// Follows a run to its end, over the server's restarts and the network's gaps.
struct RunFollower {
    let connection: APIConnection
    let runID: String
    let printer: LogPrinter
    /// Whether states are shown, too.
    let showsStates: Bool

    /// How often it is tried to reach a server that is gone, a second apart.
    private static let patience = 60

    /// - Returns: the final state; nothing if ctrl-C came first.
    func follow() async throws -> StateResource? {
        let follower = self
        return try await untilInterrupted { try await follower.followToEnd() }
    }

    /// As `follow`, for those that listen for ctrl-C themselves.
    func followToEnd() async throws -> StateResource {
        var cursor: String?
        var lastState: String?
        var failures = 0
        while true {
            do {
                var stream = try await connection.follow(run: runID, after: cursor)
                while let event = try await stream.next() {
                    failures = 0
                    cursor = stream.cursor
                    if case .end(let state) = event {
                        try end(state)
                        return state
                    }
                    try show(event, &lastState)
                }
            } catch let error as APIError where error.isDisconnection && cursor != nil {
                failures += 1
                guard failures <= Self.patience else { throw error }
                if failures == 1 { printer.console.note("The server is gone (\(error)); waiting for it to come back.") }
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func show(_ event: RunStreamEvent, _ lastState: inout String?) throws {
        switch event {
        case .logs(let lines): try printer.print(lines, wrapped: showsStates)
        case .state(let state) where state.id == nil || state.id != lastState:
            lastState = state.id
            guard showsStates else { return }
            if printer.isJSON {
                try printer.console.print(LogPrinter.event("state", state.json).serialized())
            } else if !state.type.isTerminal {
                // A final state comes again as the end, after the last lines of the log.
                printer.note(state)
            }
        case .state, .end: break
        }
    }

    private func end(_ state: StateResource) throws {
        guard showsStates else { return }
        if printer.isJSON {
            try printer.console.print(LogPrinter.event("end", state.json).serialized())
        } else {
            printer.note(state)
        }
    }
}

import JSON

/// What happens to a run, while it happens.
public enum RunStreamEvent: Sendable {
    case state(StateResource)
    /// Lines of its log, in their order.
    case logs([LogResource])
    /// It has ended in this state; nothing follows.
    case end(StateResource)
}

/// Follows one run.
public struct RunStream {
    private var events: EventStream
    /// Where to go on when the connection breaks.
    public private(set) var cursor: String?

    init(events: EventStream, cursor: String?) {
        self.events = events
        self.cursor = cursor
    }

    /// The next event; nothing after the `end`.
    /// - Throws: ``APIError``, `interrupted` when the connection breaks before the end.
    public mutating func next() async throws(APIError) -> RunStreamEvent? {
        while let event = try await events.next() {
            cursor = event.lastID ?? cursor
            switch event.name {
            case "state": return .state(try events.read(event))
            case "log": return .logs(try events.read(event))
            case "end": return .end(try events.read(event))
            default: continue  // from a newer server
            }
        }
        throw events.brokenOff
    }
}

/// Follows one batch.
public struct BatchStream {
    private var events: EventStream

    init(events: EventStream) { self.events = events }

    /// The next count of runs by state, and whether it is the last: then no run is unfinished.
    /// - Throws: ``APIError``, `interrupted` when the connection breaks before the end.
    public mutating func next() async throws(APIError) -> (progress: BatchProgress, isLast: Bool) {
        while let event = try await events.next() {
            switch event.name {
            case "progress": return (try events.read(event), false)
            case "end": return (try events.read(event), true)
            default: continue
            }
        }
        throw events.brokenOff
    }
}

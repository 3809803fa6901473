public import Domain
import Storage

/// Ends the leases on slots of limits that nobody has renewed, and removes what has come free by itself.
public struct HoldReaper: Loop {
    private static let chunk = 500
    private let orchestrator: Orchestrator

    public init(_ orchestrator: Orchestrator) { self.orchestrator = orchestrator }

    public var name: String { "hold-reaper" }

    /// Ends what is over by the leases' own clock. (What is over counts no more, be it removed or not; but runs of a
    /// deployment wait to be told of the room.)
    public func tick(at _: Timestamp) async throws -> Duration {
        while try await reap() == Self.chunk {}
        guard let next = try await orchestrator.database.read({ try $0.nextHoldExpiry() }) else { return .seconds(1) }
        return min(max(next - orchestrator.surroundings.leaseTime, .milliseconds(50)), .seconds(1))
    }

    private func reap() async throws -> Int {
        let time = orchestrator.surroundings.leaseTime
        // Most of the time nothing is over, and the writer is left alone.
        guard let next = try await orchestrator.database.read({ try $0.nextHoldExpiry() }), next <= time else {
            return 0
        }
        return try await orchestrator.change { change in
            let ended = try change.store.deleteHolds(endedBy: change.leaseTime, limit: Self.chunk)
            for limit in Set(ended) { try change.noteRoom(in: limit) }
            return ended.count
        }
    }
}

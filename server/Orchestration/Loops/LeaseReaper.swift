public import Domain
import Storage

/// Ends attempts whose lease nobody has renewed.
public struct LeaseReaper: Loop {
    /// How long after its deadline a lease is reaped: the host has stopped the program by then. Its supervisor sends TERM
    /// at the deadline and KILL half a second later; a second more is for a busy host.
    public static let margin: Duration = .milliseconds(1500)

    private static let chunk = 200
    private let orchestrator: Orchestrator

    public init(_ orchestrator: Orchestrator) { self.orchestrator = orchestrator }

    public var name: String { "lease-reaper" }

    /// Ends what is over by the leases' own clock, and comes back when the next lease may be.
    public func tick(at _: Timestamp) async throws -> Duration {
        while try await reap() == Self.chunk {}
        guard let next = try await orchestrator.database.read({ try $0.nextLeaseDeadline() }) else {
            return .seconds(1)
        }
        return min(max(next + Self.margin - orchestrator.surroundings.leaseTime, .milliseconds(50)), .seconds(1))
    }

    private func reap() async throws -> Int {
        try await orchestrator.change { change in
            let ended = try change.store.leasesEnded(before: change.leaseTime - Self.margin, limit: Self.chunk)
            for lease in ended {
                guard try change.attempt(.leaseExpired(attempt: lease.attempt), on: lease.runID) else { continue }
                change.count(.leaseExpired)
            }
            return ended.count
        }
    }
}

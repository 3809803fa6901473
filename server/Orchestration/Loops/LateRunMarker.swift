public import Domain
import Storage

/// Marks runs that should have started a while ago, so that it shows.
public struct LateRunMarker: Loop {
    /// How long after its time a run is late.
    public static let tolerance: Duration = .seconds(15)

    /// How far from the head of its lane a run is looked at.
    private static let depth = 50
    private let orchestrator: Orchestrator

    public init(_ orchestrator: Orchestrator) { self.orchestrator = orchestrator }

    public var name: String { "late-run-marker" }

    /// Marks those near the heads of their lanes.
    public func tick(at now: Timestamp) async throws -> Duration {
        let late = try await orchestrator.database.read { store in
            try store.openLanes().flatMap {
                try store.lateRuns(in: $0, before: now - Self.tolerance, depth: Self.depth)
            }
        }
        guard !late.isEmpty else { return .seconds(5) }
        try await orchestrator.change { change in
            for run in late {
                guard let head = try change.store.head(run) else { continue }
                try change.advance(head, by: .foundLate)
            }
        }
        return .seconds(5)
    }
}

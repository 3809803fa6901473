public import Domain
import Storage

/// Makes scheduled runs ready when their time has come, unless their schedules keep them back, and tells when a rate lets
/// others start.
public struct DueRunWaker: Loop {
    /// How many runs are woken in one transaction.
    private static let chunk = 500

    private let orchestrator: Orchestrator

    public init(_ orchestrator: Orchestrator) { self.orchestrator = orchestrator }

    public var name: String { "due-run-waker" }

    /// - Returns: the time until the next run is due. A run that comes to wait for an earlier time is told by
    ///   `Notice.dueLater`.
    public func tick(at now: Timestamp) async throws -> Duration {
        while true {
            let woken = try await orchestrator.change { change in
                let woken = try change.store.wakeDueRuns(at: now, limit: Self.chunk)
                change.noteReady(woken.queues)
                return woken.count
            }
            guard woken == Self.chunk else { break }
        }
        try await judge()
        let opening = try await open(at: now)
        let due = try await orchestrator.database.read { try $0.nextDue() }
        guard let next = [due, opening].compactMap(\.self).min() else { return .seconds(60) }
        return min(max(next - now, .zero), .seconds(60))
    }

    /// Judges the runs that are yet to be judged, and once more those that wait for others.
    private func judge() async throws {
        let (due, held) = try await orchestrator.database.read { store in
            (try !store.runsAtGate(limit: 1).isEmpty, try !store.schedulesWithHeldRuns().isEmpty)
        }
        if held { try await orchestrator.change { try $0.judgeHeldFires() } }
        var judged = due ? Change.judgedAtOnce : 0
        while judged == Change.judgedAtOnce { judged = try await orchestrator.change { try $0.judgeDueFires() } }
    }

    /// - Returns: when the next rate lets a run start.
    private func open(at now: Timestamp) async throws -> Timestamp? {
        let (queues, next) = orchestrator.rateDesk.takeOpen(at: now)
        if !queues.isEmpty { try await orchestrator.change { $0.noteReady(queues) } }
        return next
    }
}

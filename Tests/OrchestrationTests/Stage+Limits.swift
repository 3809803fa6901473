import Domain
import Storage

@testable import Orchestration

extension Stage {
    func limit(_ name: String, _ slots: Int, _ edit: (inout LimitRequest) -> Void = { _ in }) async throws {
        var request = LimitRequest(name: name, slots: slots)
        edit(&request)
        _ = try await orchestrator.createLimit(request)
    }

    /// The lease on slots that were free.
    @discardableResult
    func take(_ request: SlotRequest) async throws -> ID<SlotHold>? {
        guard case .granted(let lease, _) = try await orchestrator.takeSlots(request) else { return nil }
        return lease
    }

    /// How long to wait for slots that are not free.
    func wait(_ request: SlotRequest) async throws -> Duration? {
        guard case .full(_, let wait) = try await orchestrator.takeSlots(request) else { return nil }
        return wait
    }

    func takeTags(_ tags: [String], _ run: ID<TaskRun>) async throws -> TagSlotAnswer {
        try await orchestrator.change { try $0.takeTagSlots(tags, for: run) }
    }

    func taken(_ name: String) async throws -> Int { try await orchestrator.limit(.name(name)).taken }

    func taken(_ names: [String]) async throws -> [Int] {
        var taken: [Int] = []
        for name in names { taken.append(try await self.taken(name)) }
        return taken
    }

    func holders(_ name: String) async throws -> [LimitHolder] { try await orchestrator.limit(.name(name)).holders }

    func setTaken(_ name: String, _ slots: Int) async throws {
        var changes = LimitChanges()
        changes.taken = slots
        try await orchestrator.updateLimit(.name(name), changes)
    }

    /// How many holds are stored, be they over or not.
    func holdRows() async throws -> Int {
        try await orchestrator.database.transaction(.read) { connection in
            try connection.run("SELECT count(*) FROM concurrency_hold").first?.count() ?? 0
        }
    }
}

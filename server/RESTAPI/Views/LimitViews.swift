import Domain
import JSON
import Orchestration

extension ConcurrencyLimit {
    /// Prefect's `GlobalConcurrencyLimitResponse`.
    func view(taken: Int) -> JSONValue {
        [
            "id": id.json, "created": created.json, "updated": updated.json, "active": .bool(isActive),
            "name": .string(name), "limit": slots.json, "active_slots": taken.json,
            "slot_decay_per_second": decay.json,
        ]
    }

    /// What those are told who have taken slots.
    var brief: JSONValue { brief(named: name) }

    func brief(named name: String) -> JSONValue { ["id": id.json, "name": .string(name), "limit": slots.json] }
}

extension DescribedLimit {
    var view: JSONValue { limit.view(taken: taken) }

    /// Prefect's `ConcurrencyLimitV2`, which a limit that was just made is shown as.
    var wholeView: JSONValue {
        [
            "id": limit.id.json, "created": limit.created.json, "updated": limit.updated.json,
            "active": .bool(limit.isActive), "name": .string(limit.name), "limit": limit.slots.json,
            "active_slots": taken.json, "denied_slots": denied.json, "slot_decay_per_second": limit.decay.json,
            "avg_slot_occupancy_seconds": limit.meanOccupancy.inSeconds.json,
        ]
    }

    /// Prefect's `ConcurrencyLimit`: one on a tag, with the task runs that hold its slots.
    var tagView: JSONValue {
        [
            "id": limit.id.json, "created": limit.created.json, "updated": limit.updated.json,
            "tag": .string(limit.tag ?? limit.name), "concurrency_limit": limit.slots.json,
            "active_slots": holders.filter { $0.kind == .taskRun }.map(\.id).json,
        ]
    }
}

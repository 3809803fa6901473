import Domain
import JSON
import Storage

/// What happens to the things that Sluice keeps, told as events.
extension Change {
    /// Stores and tells an event that happens now.
    @discardableResult
    mutating func happened(
        _ name: String, to resource: EventResource, related: [EventResource] = [], payload: JSONObject = [:]
    ) throws -> Event {
        let event = Event(
            id: surroundings.newID(), occurred: now, received: now, name: name, resource: resource, related: related,
            payload: payload)
        try store.insert(event)
        tell(.eventsTaken([event]))
        return event
    }

    // MARK: - Pools and queues

    mutating func happened(_ what: String, to pool: WorkPool, payload: JSONObject = [:]) throws {
        try happened(
            "prefect.work-pool.\(what)", to: pool.resource(inRole: "work-pool"),
            related: [EventResource(.workQueue, "\(pool.defaultQueueID)", role: "default-queue")], payload: payload)
    }

    mutating func happened(_ what: String, to queue: WorkQueue, payload: JSONObject = [:]) throws {
        let pool = try store.pool(queue.poolID)
        try happened(
            "prefect.work-queue.\(what)",
            to: EventResource(.workQueue, "\(queue.id)", name: queue.name, role: "work-queue"),
            related: pool.map { [$0.resource(inRole: "work-pool")] } ?? [], payload: payload)
    }

    /// Tells what has become of a queue, if anything has.
    mutating func changed(_ before: WorkQueue, into queue: WorkQueue) throws {
        let payload = Self.payload([
            ("name", before.name.json, queue.name.json),
            ("description", before.description.json, queue.description.json),
            ("concurrency_limit", before.concurrencyLimit.json, queue.concurrencyLimit.json),
            ("rate_limit", (before.rateLimit?.description).json, (queue.rateLimit?.description).json),
            ("priority", before.priority.json, queue.priority.json),
        ])
        if let payload { try happened("updated", to: queue, payload: payload) }
        if queue.isPaused != before.isPaused, let pool = try store.pool(queue.poolID) { try tellReadiness(of: pool) }
    }

    /// Tells what has become of a pool, if anything has.
    mutating func changed(_ before: WorkPool, into pool: WorkPool) throws {
        let payload = Self.payload([
            ("description", before.description.json, pool.description.json),
            ("is_paused", before.isPaused.json, pool.isPaused.json),
            ("concurrency_limit", before.concurrencyLimit.json, pool.concurrencyLimit.json),
            ("rate_limit", (before.rateLimit?.description).json, (pool.rateLimit?.description).json),
            ("ageing", (before.ageing?.inSeconds).json, (pool.ageing?.inSeconds).json),
            ("base_job_template", before.baseJobTemplate.json, pool.baseJobTemplate.json),
        ])
        if let payload { try happened("updated", to: pool, payload: payload) }
        if pool.isPaused != before.isPaused { try tellReadiness(of: pool) }
    }

    /// What of a thing has changed, by the names of its members; nothing if nothing has.
    private static func payload(_ members: [(name: String, before: JSONValue, after: JSONValue)]) -> JSONObject? {
        let changed = members.filter { $0.before != $0.after }
        guard !changed.isEmpty else { return nil }
        let updates = changed.map { ($0.name, JSONValue.object(["from": $0.before, "to": $0.after])) }
        return ["updated_fields": changed.map(\.name).json, "updates": .object(JSONObject(updates))]
    }

    // MARK: - Limits

    mutating func happened(_ what: String, to limit: ConcurrencyLimit) throws {
        try happened(
            "prefect.concurrency-limit.\(what)",
            to: EventResource(.concurrencyLimit, "\(limit.id)", name: limit.name),
            payload: [
                "name": .string(limit.name), "limit": limit.slots.json, "active": limit.isActive.json,
                "slot_decay_per_second": limit.decay.json,
            ])
    }

    // MARK: - Flows and deployments

    mutating func happened(_ what: String, to flow: Flow) throws {
        try happened(
            "prefect.flow.\(what)", to: EventResource(.flow, "\(flow.id)", name: flow.name),
            payload: ["name": .string(flow.name), "tags": flow.tags.json, "labels": .object(flow.labels)])
    }

    mutating func happened(_ what: String, to deployment: Deployment) throws {
        var related: [EventResource] = []
        if let flow = try store.flow(deployment.flowID) {
            related.append(EventResource(.flow, "\(flow.id)", name: flow.name, role: "flow"))
        }
        if let queue = try deployment.queueID.flatMap({ try store.queue($0) }) {
            related.append(EventResource(.workQueue, "\(queue.id)", name: queue.name, role: "work-queue"))
            if let pool = try store.pool(queue.poolID) { related.append(pool.resource(inRole: "work-pool")) }
        }
        if deployment.concurrencyLimit != nil {
            related.append(EventResource(.concurrencyLimit, "\(deployment.id)", role: "concurrency-limit"))
        }
        try happened(
            "prefect.deployment.\(what)",
            to: EventResource(.deployment, "\(deployment.id)", name: deployment.name), related: related)
    }
}

extension WorkPool {
    func resource(inRole role: String?) -> EventResource {
        EventResource(
            .workPool, "\(id)", name: name, role: role, also: ["prefect.work-pool.type": .string(type)])
    }
}

public import Domain
import JSON
import Storage

/// Looks where sensors look, and tells of what has appeared. What is told is remembered in the transaction that tells of
/// it: so each key and revision is told of once, whenever the server ends.
public struct ObjectWatcher: Loop {
    /// How many sensors look at the same time.
    private static let width = 16
    /// How many objects are told of in one transaction.
    private static let chunk = 500
    private static let longestSleep: Duration = .seconds(60)

    private let orchestrator: Orchestrator
    private let lister: any ObjectLister

    public init(_ orchestrator: Orchestrator, lister: any ObjectLister) {
        self.orchestrator = orchestrator
        self.lister = lister
    }

    public var name: String { "object-watcher" }

    /// Has every sensor look that is to. `Notice.sensorsChanged` tells of more.
    ///
    /// - Returns: the time until one is to look again.
    public func tick(at now: Timestamp) async throws -> Duration {
        let due = try await orchestrator.database.read { try $0.dueSensors(at: now, limit: Self.width) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for sensor in due { group.addTask { try await look(sensor) } }
            try await group.waitForAll()
        }
        guard due.count < Self.width else { return .zero }
        let next = try await orchestrator.database.read { try $0.nextLook() }
        return next.map { min(max($0 - orchestrator.now, .milliseconds(1)), Self.longestSleep) } ?? Self.longestSleep
    }

    private func look(_ sensor: ObjectSensor) async throws {
        switch try await sight(of: sensor) {
        case .success(let seen): try await note(seen, by: sensor)
        case .failure(let failure): try await note(failure, of: sensor)
        }
    }

    // MARK: - Looking

    private func sight(of sensor: ObjectSensor) async throws -> Result<[SeenObject], LookFailure> {
        let prepared: (source: ObjectSource, secrets: Set<String>)
        do {
            prepared = try await prepare(sensor.source)
        } catch let error as UnresolvedReference {
            return .failure(LookFailure(reason: error.description))
        }
        do {
            let found = try await lister.objects(at: prepared.source, limit: ObjectSensor.mostObjects)
            guard found.isComplete else {
                let reason =
                    "there are more than \(ObjectSensor.mostObjects) objects at \(sensor.source.url); give a longer prefix, "
                    + "or move away what is done"
                return .failure(LookFailure(reason: reason))
            }
            return .success(found.objects)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            try Task.checkCancellation()
            var reason = "\(error)"
            for secret in prepared.secrets where !secret.isEmpty { reason.replace(secret, with: "********") }
            return .failure(LookFailure(reason: reason))
        }
    }

    /// The source with its placeholders replaced, and what is not to be shown of that.
    private func prepare(_ source: ObjectSource) async throws -> (source: ObjectSource, secrets: Set<String>) {
        let vault = orchestrator.vault
        return try await orchestrator.database.read { store in
            let stored = StoredReferences(store, vault)
            var values: [TemplateReference: JSONValue] = [:]
            for reference in source.references { values[reference] = try stored.value(of: reference) }
            let scope = TemplateScope(parameters: [:], stored: values)
            return (try source.rendered(in: scope), stored.secrets)
        }
    }

    // MARK: - What comes of it

    private func note(_ failure: LookFailure, of sensor: ObjectSensor) async throws {
        try await orchestrator.change { change in
            guard let current = try change.current(sensor) else { return }
            let failed = current.failed(at: change.now, because: failure.reason)
            try change.store.save(failed)
            if failed.sight.failures == 1 {
                try change.happened(
                    "sluice.sensor.failed", to: current.resource(), payload: ["reason": .string(failure.reason)])
            }
        }
    }

    private func note(_ seen: [SeenObject], by sensor: ObjectSensor) async throws {
        let remembered = try await orchestrator.database.read { try $0.rememberedObjects(of: sensor.id) }
        let difference = ObjectSensor.difference(of: seen, from: remembered)
        var rest = difference.appeared[...]
        while true {
            let (chunk, isLast) = (Array(rest.prefix(Self.chunk)), rest.count <= Self.chunk)
            rest = rest.dropFirst(Self.chunk)
            let goesOn = try await orchestrator.change { change in
                guard let current = try change.current(sensor) else { return false }
                try change.note(chunk, by: current)
                guard isLast else { return true }
                for key in difference.gone { try change.store.forget(object: key, of: current.id) }
                try change.store.save(current.looked(at: change.now, objects: seen.count))
                return false
            }
            guard goesOn else { return }
        }
    }
}

/// Why a look has failed.
private struct LookFailure: Error {
    let reason: String
}

extension Change {
    /// The sensor as it is now; nothing if what was seen is not what it looks for any more.
    fileprivate func current(_ sensor: ObjectSensor) throws -> ObjectSensor? {
        guard let current = try store.sensor(sensor.id), current.isEnabled, current.source == sensor.source,
            current.sight.isPrimed == sensor.sight.isPrimed
        else { return nil }
        return current
    }

    fileprivate mutating func note(_ objects: [SeenObject], by sensor: ObjectSensor) throws {
        let isNews = sensor.sight.isPrimed || sensor.includesExisting
        for object in objects {
            try store.remember(object, by: sensor.id)
            guard isNews else { continue }
            let resource = EventResource(labels: [
                "prefect.resource.id": .string("sluice.object.\(sensor.source.bucket)/\(object.key)"),
                "prefect.resource.name": .string(object.key), "sluice.sensor": .string(sensor.name),
            ])
            try happened(
                ObjectSensor.event, to: resource, related: [sensor.resource(inRole: "sensor")],
                payload: [
                    "bucket": .string(sensor.source.bucket), "key": .string(object.key), "size": object.size.json,
                    "revision": .string(object.revision), "changed": object.changed.json,
                    "url": .string("\(sensor.source.store.scheme)://\(sensor.source.bucket)/\(object.key)"),
                    "sensor": .string(sensor.name),
                ])
        }
    }
}

extension ObjectSensor {
    func resource(inRole role: String? = nil) -> EventResource {
        var labels: JSONObject = [
            "prefect.resource.id": .string(resourceID), "prefect.resource.name": .string(name),
        ]
        if let role { labels["prefect.resource.role"] = .string(role) }
        return EventResource(labels: labels)
    }
}

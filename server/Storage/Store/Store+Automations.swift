public import Domain
import JSON

extension Store {
    private static let automationColumns =
        "automation.id, automation.name, automation.description, automation.is_enabled, automation.tags, "
        + "automation.trigger_document, automation.actions, automation.created, automation.updated"

    private static func automation(_ reader: inout RowReader) throws(StorageError) -> Automation {
        let id: ID<Automation> = try reader.id()
        var members: JSONObject = [
            "id": id.json, "name": .string(try reader.text()), "description": .string(try reader.text()),
            "enabled": .bool(try reader.flag()), "tags": try reader.strings().json,
            "trigger": .object(try reader.object()),
        ]
        members = members.merging(try reader.object())
        members["created"] = try reader.time().json
        members["updated"] = try reader.time().json
        do {
            return try Automation(stored: JSONReader(.object(members)))
        } catch {
            throw StorageError.corrupt("automation \(id): \(error)")
        }
    }

    /// The automation of that id.
    public func automation(_ id: ID<Automation>) throws(StorageError) -> Automation? {
        try rows("SELECT \(Self.automationColumns) FROM automation WHERE id = $1", .id(id))
            .decoded(Self.automation).first
    }

    /// The automations that a query asks for.
    public func automations(_ query: Query) throws(StorageError) -> [Automation] {
        try select(Self.automationColumns, from: "automation", query).decoded(Self.automation)
    }

    /// The automations whose triggers are looked at. One that cannot be read is left out: whatever is stored goes past them,
    /// and must not be kept from that by one of them.
    public func enabledAutomations() throws(StorageError) -> [Automation] {
        var enabled: [Automation] = []
        let rows = try rows("SELECT \(Self.automationColumns) FROM automation WHERE is_enabled = TRUE ORDER BY id")
        for row in rows {
            var reader = row.reader
            do {
                enabled.append(try Self.automation(&reader))
            } catch .corrupt {
                continue
            }
        }
        return enabled
    }

    /// The automations that have to do with something, such as those that start a deployment.
    ///
    /// - Parameter owned: only those that are gone when it is.
    public func automations(
        relatedTo resource: String, owned: Bool = false
    ) throws(StorageError) -> [Automation] {
        try rows(
            """
            SELECT \(Self.automationColumns) FROM automation
            JOIN automation_resource ON automation_resource.automation_id = automation.id
            WHERE automation_resource.resource_id = $1 \(owned ? "AND automation_resource.is_owner = TRUE" : "")
            ORDER BY automation.id
            """, .text(resource)
        ).decoded(Self.automation)
    }

    /// Adds an automation, or stores it as it is now.
    public func save(_ automation: Automation) throws(StorageError) {
        let actions: JSONObject = [
            "actions": automation.actions.json, "actions_on_trigger": automation.actionsOnTrigger.json,
            "actions_on_resolve": automation.actionsOnResolve.json,
        ]
        try execute(
            """
            INSERT INTO automation (id, name, description, is_enabled, tags, trigger_document, actions, created, updated)
            VALUES (\(placeholders(9))) ON CONFLICT (id) DO UPDATE SET
                name = excluded.name, description = excluded.description, is_enabled = excluded.is_enabled,
                tags = excluded.tags, trigger_document = excluded.trigger_document, actions = excluded.actions,
                updated = excluded.updated
            """,
            .id(automation.id), .text(automation.name), .text(automation.description), .flag(automation.isEnabled),
            .strings(automation.tags), .json(automation.trigger.json), .json(actions), .time(automation.created),
            .time(automation.updated))
    }

    /// What the automation starts; who owns it is not touched.
    public func setTargets(of id: ID<Automation>, to resources: Set<String>) throws(StorageError) {
        try execute(
            "DELETE FROM automation_resource WHERE automation_id = $1 AND is_owner = FALSE", .id(id))
        for resource in resources.sorted() { try relate(id, to: resource, isOwner: false) }
    }

    /// Notes that the automation has to do with something.
    ///
    /// - Parameter isOwner: whether it is gone when that is.
    public func relate(_ id: ID<Automation>, to resource: String, isOwner: Bool) throws(StorageError) {
        try execute(
            """
            INSERT INTO automation_resource (resource_id, automation_id, is_owner) VALUES ($1, $2, $3)
            ON CONFLICT (resource_id, automation_id) DO UPDATE
                SET is_owner = (automation_resource.is_owner OR excluded.is_owner)
            """, .text(resource), .id(id), .flag(isOwner))
    }

    /// Forgets an automation and what its triggers have counted. What it is to do already is done.
    public func deleteAutomation(_ id: ID<Automation>) throws(StorageError) {
        try forgetCounts(of: id)
        try execute("DELETE FROM automation_resource WHERE automation_id = $1", .id(id))
        try execute("DELETE FROM automation WHERE id = $1", .id(id))
    }

    /// Forgets what the triggers of an automation have counted.
    public func forgetCounts(of id: ID<Automation>) throws(StorageError) {
        try execute("DELETE FROM trigger_bucket WHERE automation_id = $1", .id(id))
        try execute("DELETE FROM trigger_firing WHERE automation_id = $1", .id(id))
    }
}

// MARK: - What triggers have counted

/// A bucket and whose it is.
public struct StoredBucket: Sendable {
    public let automationID: ID<Automation>
    public let triggerID: ID<Trigger>
    public let key: [String]
    public let bucket: TriggerBucket
}

extension Store {
    private static let bucketColumns = "automation_id, trigger_id, key, start_time, end_time, count, last_event"

    private static func bucket(_ reader: inout RowReader) throws(StorageError) -> StoredBucket {
        let automation: ID<Automation> = try reader.id()
        let trigger: ID<Trigger> = try reader.id()
        let key = (try reader.optionalJSON()?.arrayValue ?? []).compactMap(\.stringValue)
        var bucket = TriggerBucket(start: try reader.time(), end: try reader.time(), count: try reader.int())
        if let event = try reader.optionalJSON() {
            bucket.lastEvent = try Self.stored(event) { json throws(JSONReadingError) in try Event(stored: json) }
        }
        return StoredBucket(automationID: automation, triggerID: trigger, key: key, bucket: bucket)
    }

    static func stored<Value>(
        _ json: JSONValue, _ read: (JSONReader) throws(JSONReadingError) -> Value
    ) throws(StorageError) -> Value {
        do {
            return try read(JSONReader(json))
        } catch {
            throw StorageError.corrupt("\(error)")
        }
    }

    /// What a trigger counts at present for these values of its labels.
    public func bucket(of trigger: ID<Trigger>, key: [String]) throws(StorageError) -> TriggerBucket? {
        try rows(
            "SELECT \(Self.bucketColumns) FROM trigger_bucket WHERE trigger_id = $1 AND key = $2", .id(trigger),
            .json(key.json)
        ).decoded(Self.bucket).first?.bucket
    }

    /// The buckets of triggers that miss events, whose time is over: `limit` at most.
    public func closedBuckets(at time: Timestamp, limit: Int) throws(StorageError) -> [StoredBucket] {
        try rows(
            """
            SELECT \(Self.bucketColumns) FROM trigger_bucket WHERE is_proactive = TRUE AND end_time <= $1
            ORDER BY end_time LIMIT $2
            """, .time(time), .int(limit)
        ).decoded(Self.bucket)
    }

    /// When the time of the next of them is over.
    public func nextBucketEnd() throws(StorageError) -> Timestamp? {
        try rows("SELECT end_time FROM trigger_bucket WHERE is_proactive = TRUE ORDER BY end_time LIMIT 1")
            .decoded { reader throws(StorageError) in try reader.time() }.first
    }

    /// Stores what a trigger counts; nothing when it counts nothing.
    public func set(
        _ bucket: TriggerBucket?, of trigger: EventTrigger, key: [String], _ automation: ID<Automation>
    ) throws(StorageError) {
        guard let bucket else {
            return try execute(
                "DELETE FROM trigger_bucket WHERE trigger_id = $1 AND key = $2", .id(trigger.id), .json(key.json))
        }
        try execute(
            """
            INSERT INTO trigger_bucket (
                trigger_id, key, automation_id, start_time, end_time, count, last_event, is_proactive)
            VALUES (\(placeholders(8))) ON CONFLICT (trigger_id, key) DO UPDATE SET
                start_time = excluded.start_time, end_time = excluded.end_time, count = excluded.count,
                last_event = excluded.last_event
            """,
            .id(trigger.id), .json(key.json), .id(automation), .time(bucket.start), .time(bucket.end),
            .int(bucket.count), .json(bucket.lastEvent.json), .flag(trigger.posture == .proactive))
    }

    /// Whether triggers that react have counted something in times that were over at `time`.
    public func hasBuckets(endedBy time: Timestamp) throws(StorageError) -> Bool {
        try !rows(
            "SELECT 1 FROM trigger_bucket WHERE is_proactive = FALSE AND end_time <= $1 LIMIT 1", .time(time)
        ).isEmpty
    }

    /// Forgets what triggers that react counted in times that were over at `time`: `limit` at most.
    ///
    /// - Returns: how many that were.
    public func deleteBuckets(endedBy time: Timestamp, limit: Int) throws(StorageError) -> Int {
        let old = try rows(
            """
            SELECT \(Self.bucketColumns) FROM trigger_bucket WHERE is_proactive = FALSE AND end_time <= $1
            ORDER BY end_time LIMIT $2
            """, .time(time), .int(limit)
        ).decoded(Self.bucket)
        for bucket in old {
            try execute(
                "DELETE FROM trigger_bucket WHERE trigger_id = $1 AND key = $2", .id(bucket.triggerID),
                .json(bucket.key.json))
        }
        return old.count
    }

    // MARK: - Firings for composite triggers

    /// The last firing of each trigger that counts for a composite one.
    public func firings(for parent: ID<Trigger>) throws(StorageError) -> [Firing] {
        try rows(
            "SELECT firing FROM trigger_firing WHERE parent_id = $1 ORDER BY triggered, trigger_id", .id(parent)
        ).decoded { reader throws(StorageError) in
            try Self.stored(.object(try reader.object())) { json throws(JSONReadingError) in try Firing(reading: json) }
        }
    }

    /// Notes the last firing of a trigger.
    public func note(
        _ firing: Firing, for parent: ID<Trigger>, _ automation: ID<Automation>
    ) throws(StorageError) {
        try execute(
            """
            INSERT INTO trigger_firing (parent_id, trigger_id, automation_id, triggered, firing)
            VALUES (\(placeholders(5))) ON CONFLICT (parent_id, trigger_id) DO UPDATE SET
                triggered = excluded.triggered, firing = excluded.firing
            """, .id(parent), .id(firing.triggerID), .id(automation), .time(firing.triggered), .json(firing.json))
    }

    /// Forgets firings that count for a composite trigger.
    ///
    /// - Parameter time: only those before; nothing for all.
    public func forgetFirings(for parent: ID<Trigger>, before time: Timestamp? = nil) throws(StorageError) {
        guard let time else { return try execute("DELETE FROM trigger_firing WHERE parent_id = $1", .id(parent)) }
        try execute("DELETE FROM trigger_firing WHERE parent_id = $1 AND triggered < $2", .id(parent), .time(time))
    }
}

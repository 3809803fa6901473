import Domain
import JSON
import Orchestration

/// How many slots a limit may have, or anybody may want: what the integers of Prefect's database hold.
private let mostSlots = Int(Int32.max)

/// A limit's name, without the characters that mean something in addresses.
private struct LimitNameText: JSONReadable {
    let text: String

    init(reading reader: JSONReader) throws(JSONReadingError) {
        text = try reader.string
        guard !text.isEmpty, !text.contains(where: { "/%&><".contains($0) }) else {
            throw reader.error("string_pattern_mismatch", "String should match pattern '^[^/%&><]+$'")
        }
    }
}

/// A concurrency limit as clients want it.
struct LimitBody: JSONReadable, Sendable {
    let request: LimitRequest

    init(reading reader: JSONReader) throws(JSONReadingError) {
        let name = try reader.required("name", as: LimitNameText.self).text
        _ = try reader.required("limit", as: Int.self)
        var request = LimitRequest(name: name, slots: try reader.whole("limit", to: mostSlots) ?? 0)
        request.isActive = try reader.optional("active") ?? true
        request.decay = try reader.number("slot_decay_per_second", from: 0) ?? 0
        request.taken = try reader.whole("active_slots", to: mostSlots) ?? 0
        // Those who were denied are counted, not set.
        _ = try reader.whole("denied_slots", to: mostSlots)
        self.request = request
    }
}

/// What of a limit is changed: what is absent stays.
struct LimitChangesBody: JSONReadable, Sendable {
    let changes: LimitChanges

    init(reading reader: JSONReader) throws(JSONReadingError) {
        var changes = LimitChanges()
        changes.name = try reader.optional("name", as: LimitNameText.self)?.text
        changes.slots = try reader.whole("limit", to: mostSlots)
        changes.isActive = try reader.optional("active")
        changes.decay = try reader.number("slot_decay_per_second", from: 0)
        changes.taken = try reader.whole("active_slots", to: mostSlots)
        _ = try reader.whole("denied_slots", to: mostSlots)
        self.changes = changes
    }
}

/// Which part of a list without filters is asked for.
struct ListPart: JSONReadable, Sendable {
    let limit: Int
    let offset: Int

    init(reading reader: JSONReader) throws(JSONReadingError) {
        limit = try ListLimits.limit(reader, from: 0)
        offset = try ListLimits.offset(reader)
    }
}

// MARK: - Slots

/// Which slots are wanted, or given back.
private struct SlotsBody {
    /// How many limits may be named at once.
    static let mostNames = 1000

    let names: [String]
    let slots: Int

    init(_ reader: JSONReader) throws(JSONReadingError) {
        names = try reader.required("names")
        guard names.count <= Self.mostNames else {
            throw try reader.required("names").error(
                "too_long", "List should have at most \(Self.mostNames) items after validation, not \(names.count)")
        }
        let member: JSONReader = try reader.required("slots")
        slots = try member.int
        guard slots > 0 else { throw member.error("greater_than", "Input should be greater than 0") }
        _ = try reader.whole("slots", to: mostSlots)
    }
}

/// What `increment` is given, with and without a lease.
struct TakeSlotsBody: JSONReadable, Sendable {
    let request: SlotRequest

    init(reading reader: JSONReader) throws(JSONReadingError) {
        let wanted = try SlotsBody(reader)
        var request = SlotRequest(names: wanted.names, slots: wanted.slots)
        if try reader.word("mode", of: ["concurrency", "rate_limit"]) == "rate_limit" { request.mode = .rateLimit }
        self.request = request
    }
}

/// What `increment-with-lease` is given.
struct LeaseSlotsBody: JSONReadable, Sendable {
    let request: SlotRequest

    init(reading reader: JSONReader) throws(JSONReadingError) {
        var request = try TakeSlotsBody(reading: reader).request
        request.lease = try RenewalBody(reading: reader).duration
        request.holder = try reader.optional("holder", as: HolderBody.self)?.holder
        self.request = request
    }
}

/// How long a lease on slots is to last.
struct RenewalBody: JSONReadable, Sendable {
    private static let standard: Double = 300

    let duration: Duration

    init(reading reader: JSONReader) throws(JSONReadingError) {
        duration = .seconds(try reader.number("lease_duration", from: 60, to: 86400) ?? Self.standard)
    }
}

private struct HolderBody: JSONReadable {
    let holder: LimitHolder

    init(reading reader: JSONReader) throws(JSONReadingError) {
        let words = LimitHolder.Kind.allCases.map(\.rawValue)
        _ = try reader.required("type")
        guard let kind = try reader.word("type", of: words).flatMap({ LimitHolder.Kind(rawValue: $0) }) else {
            throw try reader.required("type").error("literal_error", "Input should be a valid string")
        }
        holder = LimitHolder(kind, try reader.required("id", as: ID<LimitHolder>.self))
        try reader.forbidExtraKeys(besides: ["type", "id"])
    }
}

/// What `decrement` is given.
struct ReleaseSlotsBody: JSONReadable, Sendable {
    let names: [String]
    let slots: Int
    let occupancy: Duration?

    init(reading reader: JSONReader) throws(JSONReadingError) {
        let given = try SlotsBody(reader)
        (names, slots) = (given.names, given.slots)
        guard let member = try reader.optional("occupancy_seconds") else {
            occupancy = nil
            return
        }
        let seconds = try member.double
        guard seconds > 0 else { throw member.error("greater_than", "Input should be greater than 0") }
        occupancy = .seconds(min(seconds, 3e9))
    }
}

/// What `decrement-with-lease` is given.
struct ReleaseLeaseBody: JSONReadable, Sendable {
    let leaseID: ID<SlotHold>

    init(reading reader: JSONReader) throws(JSONReadingError) {
        leaseID = try reader.required("lease_id")
    }
}

// MARK: - Limits on tags

/// A limit on a tag as clients want it.
struct TagLimitBody: JSONReadable, Sendable {
    let tag: String
    let slots: Int

    init(reading reader: JSONReader) throws(JSONReadingError) {
        let member: JSONReader = try reader.required("tag")
        tag = try member.string
        guard !tag.isEmpty else {
            throw member.error("string_too_short", "String should have at least 1 character")
        }
        _ = try reader.required("concurrency_limit", as: Int.self)
        slots = try reader.whole("concurrency_limit", to: mostSlots) ?? 0
    }
}

/// Who is to hold the slots of a limit that is reset.
struct TagResetBody: JSONReadable, Sendable {
    let taskRuns: [ID<TaskRun>]

    init(reading reader: JSONReader) throws(JSONReadingError) {
        taskRuns = try reader.optional("slot_override") ?? []
    }
}

/// What a task run wants slots of, or gives back.
struct TagSlotsBody: JSONReadable, Sendable {
    let tags: [String]
    let taskRun: ID<TaskRun>

    init(reading reader: JSONReader) throws(JSONReadingError) {
        tags = try reader.required("names")
        guard tags.count <= SlotsBody.mostNames else {
            throw try reader.required("names").error(
                "too_long", "List should have at most \(SlotsBody.mostNames) items after validation, not \(tags.count)")
        }
        taskRun = try reader.required("task_run_id")
    }
}

import Domain
import JSON

/// A state as clients propose it: without an id, and without a time of its own.
struct StateBody: JSONReadable, Sendable {
    private let type: StateType
    private let name: String?
    private let message: String?
    private let data: JSONValue?
    private let details: StateDetails

    static let detailMembers = KnownMembers([
        "flow_run_id": .id, "task_run_id": .id, "child_flow_run_id": .id, "scheduled_time": .time, "cache_key": .text,
        "cache_expiration": .time, "deferred": .flag, "untrackable_result": .flag, "pause_timeout": .time,
        "pause_reschedule": .flag, "pause_key": .text, "run_input_keyset": .map, "refresh_cache": .flag,
        "retriable": .flag, "transition_id": .id, "task_parameters_id": .id, "traceparent": .text,
        "deployment_concurrency_lease_id": .id,
    ])

    init(reading reader: JSONReader) throws(JSONReadingError) {
        type = try reader.required("type")
        name = try reader.optional("name")
        message = try reader.optional("message")
        data = try reader.optional("data")?.value
        let details = try reader.optional("state_details")
        self.details = StateDetails(try details.map(Self.detailMembers.read) ?? [:])
    }

    func state(_ id: ID<RunState>, at now: Timestamp) -> RunState {
        RunState(id: id, type: type, name: name, timestamp: now, message: message, data: data, details: details)
    }
}

/// What `set_state` is given.
struct ProposalBody: JSONReadable, Sendable {
    let state: StateBody
    let isForced: Bool

    init(reading reader: JSONReader) throws(JSONReadingError) {
        state = try reader.required("state")
        isForced = try reader.optional("force") ?? false
    }
}

/// What `resume` is given.
struct ResumptionBody: JSONReadable, Sendable {
    let input: JSONObject?

    init(reading reader: JSONReader) throws(JSONReadingError) {
        input = try reader.optional("run_input")
    }
}

extension JSONReader {
    /// The members of an object that are not null.
    var givenMembers: JSONObject {
        get throws(JSONReadingError) { JSONObject(try object.filter { !$0.value.isNull }) }
    }
}

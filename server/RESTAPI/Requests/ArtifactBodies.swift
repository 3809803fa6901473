import Domain
import JSON
import Orchestration

/// An artifact as clients want it.
struct ArtifactBody: JSONReadable, Sendable {
    let request: ArtifactRequest

    init(reading reader: JSONReader) throws(JSONReadingError) {
        var request = ArtifactRequest()
        request.key = try reader.optional("key").map { key throws(JSONReadingError) in
            try key.dashedName("Artifact key")
        }
        request.type = try reader.optional("type")
        request.description = try reader.optional("description")
        request.data = try reader.optional("data")?.value ?? .null
        request.metadata = try reader.optional("metadata_", as: ArtifactMetadata.self)?.texts
        request.flowRunID = try reader.optional("flow_run_id")
        request.taskRunID = try reader.optional("task_run_id")
        self.request = request
    }
}

/// What of an artifact is changed: what is absent stays, and null removes it.
struct ArtifactChanges: JSONReadable, Sendable {
    private let data: JSONValue?
    private let description: Change<String>
    private let metadata: Change<ArtifactMetadata>

    init(reading reader: JSONReader) throws(JSONReadingError) {
        data = reader.has("data") ? try reader.required("data").value : nil
        description = try Change(reader, "description")
        metadata = try Change(reader, "metadata_")
    }

    @Sendable func apply(to artifact: inout Artifact) {
        artifact.data = data ?? artifact.data
        description.apply(to: &artifact.description)
        if case .set(let metadata) = metadata { artifact.metadata = metadata?.texts }
    }
}

/// Texts about an artifact, by names. Long ones are cut, as Prefect's server does.
private struct ArtifactMetadata: JSONReadable, Sendable {
    private static let longest = 500

    let texts: [String: String]

    init(reading reader: JSONReader) throws(JSONReadingError) {
        let given = try [String: String](reading: reader)
        texts = given.mapValues { $0.count > Self.longest ? $0.prefix(Self.longest) + "..." : $0 }
    }
}

/// A saved search as clients want it.
struct SavedSearchBody: JSONReadable, Sendable {
    let name: String
    let filters: [JSONValue]

    init(reading reader: JSONReader) throws(JSONReadingError) {
        name = try reader.required("name")
        filters = try reader.optional("filters", as: [SavedFilter].self)?.map(\.json) ?? []
    }
}

/// One of its filters. The server does not look into it, but pages count on its members.
private struct SavedFilter: JSONReadable {
    let json: JSONValue

    init(reading reader: JSONReader) throws(JSONReadingError) {
        var members: JSONObject = [:]
        for key in ["object", "property", "type", "operation"] {
            members[key] = .string(try reader.required(key))
        }
        members["value"] = try reader.required("value").value
        json = .object(members)
    }
}

/// Something that is handed to a run.
struct FlowRunInputBody: JSONReadable, Sendable {
    let key: String
    let value: String
    let sender: String?

    init(reading reader: JSONReader) throws(JSONReadingError) {
        key = try reader.required("key").dashedName("value")
        value = try reader.required("value")
        sender = try reader.optional("sender")
    }
}

/// Inputs of a run as they are asked for.
struct FlowRunInputsBody: JSONReadable, Sendable {
    let request: FlowRunInputRequest

    init(reading reader: JSONReader) throws(JSONReadingError) {
        var request = FlowRunInputRequest(prefix: try reader.required("prefix"))
        request.excludedKeys = try reader.optional("exclude_keys") ?? []
        request.limit = try ListLimits.number(reader, "limit", in: 0...Int(Int32.max)) ?? request.limit
        self.request = request
    }
}

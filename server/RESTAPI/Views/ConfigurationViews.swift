import Domain
import JSON

extension Variable {
    /// Prefect's `Variable`.
    var view: JSONValue {
        [
            "id": id.json, "created": created.json, "updated": updated.json, "name": .string(name), "value": value,
            "tags": tags.json,
        ]
    }
}

extension Artifact {
    /// Prefect's `Artifact`.
    var view: JSONValue { .object(members(id: id.json, created: created, updated: updated)) }

    /// The same under the identity of its collection.
    fileprivate func members(id: JSONValue, created: Timestamp, updated: Timestamp) -> JSONObject {
        [
            "id": id, "created": created.json, "updated": updated.json, "key": key.json, "type": type.json,
            "description": description.json, "data": data, "metadata_": metadata.json, "flow_run_id": flowRunID.json,
            "task_run_id": taskRunID.json,
        ]
    }
}

extension ArtifactCollection {
    /// Prefect's `ArtifactCollection`.
    var view: JSONValue { .object(members.merging(["latest_id": latest.id.json])) }

    /// The latest artifact of a key, as Prefect's server has it: with the id of the collection.
    var latestView: JSONValue { .object(members) }

    private var members: JSONObject { latest.members(id: id.json, created: created, updated: updated) }
}

extension SavedSearch {
    /// Prefect's `SavedSearch`.
    var view: JSONValue {
        [
            "id": id.json, "created": created.json, "updated": updated.json, "name": .string(name),
            "filters": .array(filters),
        ]
    }
}

extension FlowRunInput {
    /// Prefect's `FlowRunInput`.
    var view: JSONValue {
        [
            "id": id.json, "created": created.json, "updated": created.json, "flow_run_id": runID.json,
            "key": .string(key), "value": .string(value), "sender": sender.json,
        ]
    }
}

import Domain
public import JSON
import Storage

/// The filters that a question about artifacts has: `artifacts` in Prefect's API, and those on runs.
public struct ArtifactFilters: JSONReadable, Sendable {
    private let artifacts: Condition
    private let related: RelatedFilters

    /// Reads the filters by the keys that Prefect's API gives to them.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        related = try RelatedFilters(reading: reader)
        var group = try FilterGroup(try reader.optional("artifacts") ?? JSONReader([:]))
        try group.ids("id", of: Artifact.self, in: "artifact.id")
        // So it is called where only the latest of each key are listed.
        try group.ids("latest_id", of: Artifact.self, in: "artifact.id")
        try group.text("key", in: "artifact.key")
        try group.text("type", in: "artifact.type")
        try group.ids("flow_run_id", of: FlowRun.self, in: "artifact.flow_run_id")
        try group.ids("task_run_id", of: TaskRun.self, in: "artifact.task_run_id")
        artifacts = try group.condition
    }

    var condition: Condition {
        .all([artifacts, related.onWork(ofRun: "artifact.flow_run_id", ofTask: "artifact.task_run_id")])
    }
}

/// Orders of artifacts.
public enum ArtifactOrder: String, CaseIterable, ListOrder {
    case newestFirst = "CREATED_DESC"
    case lastChangedFirst = "UPDATED_DESC"
    case idDescending = "ID_DESC"
    case keyDescending = "KEY_DESC"
    case keyAscending = "KEY_ASC"

    public static let standard = idDescending

    public var columns: String { columns(of: "artifact") }

    /// The same of collections.
    var collectionColumns: String { columns(of: "artifact_collection") }

    private func columns(of table: String) -> String {
        switch self {
        case .newestFirst: "\(table).created DESC, \(table).id DESC"
        case .lastChangedFirst: "\(table).updated DESC, \(table).id DESC"
        case .idDescending: "\(table).id DESC"
        case .keyDescending: "\(table).key DESC, \(table).id DESC"
        case .keyAscending: "\(table).key, \(table).id"
        }
    }
}

public import JSON
import Storage

/// Which automations: `automations` in Prefect's API.
public struct AutomationFilters: JSONReadable, Sendable {
    let condition: Condition

    /// Reads the filter by the key that Prefect's API gives to it.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        var group = try FilterGroup(try reader.optional("automations") ?? JSONReader([:]))
        try group.text("name", in: "automation.name")
        try group.time("created", in: "automation.created")
        try group.tags(in: "automation.tags")
        condition = try group.condition
    }
}

/// Orders of automations.
public enum AutomationOrder: String, CaseIterable, ListOrder {
    case newestFirst = "CREATED_DESC"
    case lastChangedFirst = "UPDATED_DESC"
    case nameAscending = "NAME_ASC"
    case nameDescending = "NAME_DESC"

    public static let standard = nameAscending

    public var columns: String {
        switch self {
        case .newestFirst: "automation.created DESC, automation.id DESC"
        case .lastChangedFirst: "automation.updated DESC, automation.id DESC"
        case .nameAscending: "automation.name, automation.id"
        case .nameDescending: "automation.name DESC, automation.id DESC"
        }
    }
}

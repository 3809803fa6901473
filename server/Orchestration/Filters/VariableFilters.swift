import Domain
public import JSON
import Storage

/// Which variables: `variables` in Prefect's API.
public struct VariableFilters: JSONReadable, Sendable {
    let condition: Condition

    /// Reads the filter by the key that Prefect's API gives to it.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        var group = try FilterGroup(try reader.optional("variables") ?? JSONReader([:]))
        try group.ids("id", of: Variable.self, in: "variable.id")
        try group.text("name", in: "variable.name")
        try group.tags(in: "variable.tags")
        condition = try group.condition
    }
}

/// Orders of variables.
public enum VariableOrder: String, CaseIterable, ListOrder {
    case newestFirst = "CREATED_DESC"
    case lastChangedFirst = "UPDATED_DESC"
    case nameDescending = "NAME_DESC"
    case nameAscending = "NAME_ASC"

    public static let standard = nameAscending

    public var columns: String {
        switch self {
        case .newestFirst: "variable.created DESC, variable.id DESC"
        case .lastChangedFirst: "variable.updated DESC, variable.id DESC"
        case .nameDescending: "variable.name DESC"
        case .nameAscending: "variable.name"
        }
    }
}

/// The order of saved searches.
public enum SavedSearchOrder: ListOrder {
    case byName
    public static let standard = byName
    public init(reading reader: JSONReader) { self = .byName }
    public var columns: String { "saved_search.name" }
}

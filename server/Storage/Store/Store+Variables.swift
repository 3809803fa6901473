public import Domain
import JSON

extension Store {
    private static let variableColumns = "id, name, value, tags, created, updated"

    private static func variable(_ reader: inout RowReader) throws(StorageError) -> Variable {
        Variable(
            id: try reader.id(), name: try reader.text(), value: try reader.optionalJSON() ?? .null,
            tags: try reader.strings(), created: try reader.time(), updated: try reader.time())
    }

    /// The variable of that id.
    public func variable(_ id: ID<Variable>) throws(StorageError) -> Variable? {
        try rows("SELECT \(Self.variableColumns) FROM variable WHERE id = $1", .id(id)).decoded(Self.variable).first
    }

    /// The variable of that name.
    public func variable(named name: String) throws(StorageError) -> Variable? {
        try rows("SELECT \(Self.variableColumns) FROM variable WHERE name = $1", .text(name))
            .decoded(Self.variable).first
    }

    /// The variables that a query asks for.
    public func variables(_ query: Query) throws(StorageError) -> [Variable] {
        try select(Self.variableColumns, from: "variable", query).decoded(Self.variable)
    }

    /// Adds a variable.
    public func insert(_ variable: Variable) throws(StorageError) {
        try execute(
            "INSERT INTO variable (\(Self.variableColumns)) VALUES (\(placeholders(6)))",
            .id(variable.id), .text(variable.name), .json(variable.value), .strings(variable.tags),
            .time(variable.created), .time(variable.updated))
    }

    /// Stores a variable as it is now.
    public func update(_ variable: Variable) throws(StorageError) {
        try execute(
            "UPDATE variable SET name = $1, value = $2, tags = $3, updated = $4 WHERE id = $5",
            .text(variable.name), .json(variable.value), .strings(variable.tags), .time(variable.updated),
            .id(variable.id))
    }

    /// Forgets a variable.
    public func deleteVariable(_ id: ID<Variable>) throws(StorageError) {
        try execute("DELETE FROM variable WHERE id = $1", .id(id))
    }
}

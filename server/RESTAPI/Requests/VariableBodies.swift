import Domain
import JSON

/// A variable as clients want it.
struct VariableBody: JSONReadable, Sendable {
    let name: String
    let value: JSONValue
    let tags: [String]

    init(reading reader: JSONReader) throws(JSONReadingError) {
        name = try reader.required("name").variableName()
        value = try reader.required("value").variableValue()
        tags = try reader.optional("tags") ?? []
    }
}

/// What of a variable is changed: what is absent stays. Its value may become null, the rest cannot.
struct VariableChanges: JSONReadable, Sendable {
    private let name: String?
    private let value: JSONValue?
    private let tags: [String]?

    init(reading reader: JSONReader) throws(JSONReadingError) {
        name = try reader.optional("name").map { name throws(JSONReadingError) in try name.variableName() }
        value = reader.has("value") ? try reader.required("value").variableValue() : nil
        tags = try reader.optional("tags")
    }

    @Sendable func apply(to variable: inout Variable) {
        variable.name = name ?? variable.name
        variable.value = value ?? variable.value
        variable.tags = tags ?? variable.tags
    }
}

extension JSONReader {
    fileprivate func variableValue() throws(JSONReadingError) -> JSONValue {
        guard value.serializedBytes().count <= Variable.largestValue else {
            throw valueError("Variable value must be less than \(Variable.largestValue) characters")
        }
        return value
    }
}

public import JSON

/// A pool's base job template: how its runs are executed, with variables that deployments and runs may set.
public struct JobTemplate: Sendable, Hashable {
    /// What is executed, with `{{ name }}` where a variable belongs.
    public let configuration: JSONObject
    /// JSON Schema of the variables, with their defaults.
    public let variables: JSONObject

    /// - Returns: nothing for what has no configuration or no variables.
    public init?(_ template: JSONObject) {
        guard
            let configuration = template["job_configuration"]?.objectValue, !configuration.isEmpty,
            let variables = template["variables"]?.objectValue, !variables.isEmpty
        else { return nil }
        self.configuration = configuration
        self.variables = variables
    }

    init(configuration: JSONObject, variables: JSONObject) {
        self.configuration = configuration
        self.variables = variables
    }

    /// What the variables are where nobody sets them. References to blocks are left out: they stand for what is looked
    /// up when a run begins.
    public var defaults: JSONObject {
        let properties = variables["properties"]?.objectValue ?? [:]
        return JSONObject(
            properties.compactMap { name, property in
                guard let value = property["default"], value["$ref"] == nil else { return nil }
                return (name, value)
            })
    }

    /// The variables that the configuration uses and nothing declares, in the order of their names.
    public var undeclared: [String] {
        var used: Set<String> = []
        for (_, value) in configuration { Self.collect(value, &used) }
        let declared = Set((variables["properties"]?.objectValue ?? [:]).map(\.key))
        return used.subtracting(declared).sorted()
    }

    private static func collect(_ value: JSONValue, _ names: inout Set<String>) {
        switch value {
        case .string(let text):
            names.formUnion(TemplateText(text).placeholders.filter { $0.kind == .value }.map(\.name))
        case .array(let elements): for element in elements { collect(element, &names) }
        case .object(let members): for (_, member) in members { collect(member, &names) }
        default: break
        }
    }
}

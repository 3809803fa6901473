public import JSON

/// Values that say how they come about: `{"__prefect_kind": "json", "value": "[1]"}` stands for `[1]`, and
/// `{"__prefect_kind": "workspace_variable", "variable_name": "x"}` for the value of that variable. Prefect's pages send
/// such.
public struct Hydration: Sendable {
    /// What a value became that could not be made.
    public struct Fault: Sendable, Hashable, CustomStringConvertible {
        public let location: [JSONPathComponent]
        public let message: String
        public var description: String { message }
    }

    private static let kindKey = "__prefect_kind"

    private let variables: [String: JSONValue]?
    private let render: (@Sendable (String) throws -> String)?
    public private(set) var faults: [Fault] = []
    /// Where templates stand, whose text is known only when they are rendered.
    public private(set) var templates: [[JSONPathComponent]] = []

    /// - Parameters:
    ///   - variables: the values of the variables that there are; nothing when it does not matter which.
    ///   - render: what becomes of templates; they stay as they are if it is not given.
    public init(variables: [String: JSONValue]?, render: (@Sendable (String) throws -> String)? = nil) {
        self.variables = variables
        self.render = render
    }

    /// The object with everything in its place. What has a fault is null.
    public mutating func hydrate(_ object: JSONObject) -> JSONObject {
        hydrate(.object(object), at: [])?.objectValue ?? [:]
    }

    /// - Returns: nothing for what is to be left out.
    private mutating func hydrate(_ value: JSONValue, at location: [JSONPathComponent]) -> JSONValue? {
        switch value {
        case .object(let object):
            if let kind = object[Self.kindKey] { return make(kind.stringValue, of: object, at: location) }
            var members: JSONObject = [:]
            for (key, member) in object { members[key] = hydrate(member, at: location + [.key(key)]) }
            return .object(members)
        case .array(let elements):
            var made: [JSONValue] = []
            for element in elements {
                if let value = hydrate(element, at: location + [.index(made.count)]) { made.append(value) }
            }
            return .array(made)
        default: return value
        }
    }

    private mutating func make(
        _ kind: String?, of object: JSONObject, at location: [JSONPathComponent]
    ) -> JSONValue? {
        switch kind {
        case "none":
            guard let value = object["value"] else { return fault("Missing 'value' key in __prefect object", location) }
            return hydrate(value, at: location)
        case "json":
            guard let value = object["value"].flatMap({ $0.objectValue == nil ? $0 : hydrate($0, at: location) }) else {
                return nil
            }
            // What a template will say is not known before it is rendered.
            guard let text = value.stringValue, render != nil || !holdsTemplate(object) else { return value }
            do {
                return try JSONValue(parsing: text)
            } catch {
                return fault("Invalid JSON: \(error)", location)
            }
        case "workspace_variable":
            guard let given = object["variable_name"] else { return nil }
            let name = (given.objectValue == nil ? given : hydrate(given, at: location))?.stringValue ?? ""
            guard let variables else { return given }
            return variables[name] ?? fault("Variable '\(name)' not found in workspace.", location)
        case "jinja":
            guard let template = object["template"] else {
                return fault("Missing 'template' key in __prefect object", location)
            }
            templates.append(location)
            guard let render, let text = template.stringValue else { return template }
            do {
                return .string(try render(text))
            } catch {
                return fault("\(error)", location)
            }
        default: return object["value"] ?? .null
        }
    }

    private func holdsTemplate(_ object: JSONObject) -> Bool {
        object["value"]?[Self.kindKey] == "jinja"
    }

    private mutating func fault(_ message: String, _ location: [JSONPathComponent]) -> JSONValue {
        faults.append(Fault(location: location, message: message))
        return .null
    }
}

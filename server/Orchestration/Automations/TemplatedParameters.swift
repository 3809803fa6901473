import JSON
import Templates

/// Parameters in which texts may be templates.
struct TemplatedParameters {
    private static let kindKey = "__prefect_kind"

    /// With each text that is a template marked as one.
    let object: JSONObject

    init(_ parameters: JSONObject) { object = JSONObject(parameters.map { ($0.key, Self.mark($0.value)) }) }

    private static func mark(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text) where Template.isLikely(text): mark(text)
        case .array(let elements): .array(elements.map(mark))
        case .object(let object) where object[kindKey] == nil:
            .object(JSONObject(object.map { ($0.key, mark($0.value)) }))
        default: value
        }
    }

    /// A text that is one expression and nothing else keeps the type of its value.
    private static func mark(_ text: String) -> JSONValue {
        var inner = text[...].trimmed
        guard inner.hasPrefix("{{"), inner.hasSuffix("}}"), inner.ranges(of: "{{").count == 1 else {
            return [kindKey: "jinja", "template": .string(text)]
        }
        inner = inner.dropFirst(2).dropLast(2).trimmed
        return [kindKey: "json", "value": [kindKey: "jinja", "template": .string("{{ (\(inner)) | tojson }}")]]
    }

    /// The templates in it.
    var templates: [String] { Self.templates(in: .object(object)) }

    private static func templates(in value: JSONValue) -> [String] {
        switch value {
        case .array(let elements): elements.flatMap(templates)
        case .object(let object):
            if object[kindKey] == "jinja" {
                object["template"]?.stringValue.map { [$0] } ?? []
            } else {
                object.flatMap { templates(in: $0.value) }
            }
        default: []
        }
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        let rest = drop(while: \.isWhitespace)
        return rest.prefix(
            (rest.lastIndex { !$0.isWhitespace }).map { rest.distance(from: rest.startIndex, to: $0) + 1 } ?? 0)
    }
}

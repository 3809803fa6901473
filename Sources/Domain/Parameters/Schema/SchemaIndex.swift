import JSON

/// Where in a schema document its named parts are: by `$id`, `$anchor` and `$dynamicAnchor`.
struct SchemaIndex {
    /// A part of the document that has a name of its own; the first is the document.
    struct Resource {
        let uri: SchemaURI
        let pointer: String
    }

    private(set) var resources: [Resource] = []
    /// By the JSON pointer of its root.
    private(set) var resourceAt: [String: Int] = [:]
    private var resourceNamed: [String: Int] = [:]
    /// By the number of the resource, then by name, JSON pointers.
    private var anchors: [Int: [String: String]] = [:]
    /// By name, then by the number of the resource, JSON pointers.
    private(set) var dynamicAnchors: [String: [Int: String]] = [:]

    init(_ root: JSONValue) {
        add(Resource(uri: SchemaURI(""), pointer: ""))
        scan(root, at: "", in: 0)
    }

    private mutating func add(_ resource: Resource) {
        resourceAt[resource.pointer] = resources.count
        resourceNamed[resource.uri.document] = resources.count
        resources.append(resource)
    }

    private mutating func scan(_ schema: JSONValue, at pointer: String, in outer: Int) {
        guard let object = schema.objectValue else { return }
        var resource = outer
        if let id = object["$id"]?.stringValue {
            if id.hasPrefix("#") {
                // So did draft 7 name anchors.
                anchors[resource, default: [:]][String(id.dropFirst())] = pointer
            } else {
                resource = resources.count
                add(Resource(uri: resources[outer].uri.resolving(SchemaURI(id)), pointer: pointer))
            }
        }
        if let anchor = object["$anchor"]?.stringValue {
            anchors[resource, default: [:]][anchor] = pointer
        }
        if let anchor = object["$dynamicAnchor"]?.stringValue {
            anchors[resource, default: [:]][anchor] = pointer
            dynamicAnchors[anchor, default: [:]][resource] = pointer
        }
        for (place, child) in object.subschemas {
            scan(child, at: pointer + place, in: resource)
        }
    }

    /// The JSON pointer of what `reference` names when it stands in a resource; nil if that is not in this document.
    func pointer(of reference: SchemaURI, from resource: Int) -> String? {
        let target = resources[resource].uri.resolving(reference)
        guard let named = resourceNamed[target.document] else { return nil }
        guard let fragment = reference.fragment?.percentDecoded, !fragment.isEmpty else {
            return resources[named].pointer
        }
        if fragment.hasPrefix("/") { return resources[named].pointer + fragment }
        return anchors[named]?[fragment]
    }
}

extension JSONObject {
    /// The subschemas, each with its JSON pointer from here.
    var subschemas: [(pointer: String, schema: JSONValue)] {
        flatMap { key, value -> [(String, JSONValue)] in
            switch key {
            case "additionalItems", "additionalProperties", "contains", "else", "if", "not", "propertyNames", "then",
                "unevaluatedItems", "unevaluatedProperties", "contentSchema":
                return [("/\(key)", value)]
            case "items" where value.arrayValue == nil:
                return [("/items", value)]
            case "allOf", "anyOf", "oneOf", "prefixItems", "items":
                return (value.arrayValue ?? []).enumerated().map { ("/\(key)/\($0.offset)", $0.element) }
            case "$defs", "definitions", "dependentSchemas", "patternProperties", "properties", "dependencies":
                return (value.objectValue ?? [:]).compactMap { name, schema in
                    schema.arrayValue == nil ? ("/\(key)/\(name.escapedForPointer)", schema) : nil
                }
            default:
                return []
            }
        }
    }
}

extension JSONValue {
    /// What stands at a JSON pointer.
    func value(at pointer: String) -> JSONValue? {
        pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
            .reduce(self as JSONValue?) { value, token in
                let token = String(token).unescapedFromPointer
                return value?[token] ?? Int(token).flatMap { value?[$0] }
            }
    }
}

extension String {
    /// With `%XX` read as bytes of UTF-8.
    fileprivate var percentDecoded: String {
        guard utf8.contains(UInt8(ascii: "%")) else { return self }
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let code = UInt8(String(rest.prefix(2)) ?? "", radix: 16), rest.count >= 2 {
                bytes.append(code)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

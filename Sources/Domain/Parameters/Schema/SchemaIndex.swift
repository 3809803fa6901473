import JSON

/// Where in a schema document, and in those that it refers to, the named parts are: by `$id`, `$anchor` and
/// `$dynamicAnchor`.
struct SchemaIndex {
    /// A schema that has a name of its own; the first is the document.
    struct Resource {
        var uri: SchemaURI
        let location: SchemaLocation
        var dialect: SchemaDialect
    }

    private let library: SchemaLibrary
    private var documents: [String: JSONValue] = [:]
    private(set) var resources: [Resource] = []
    /// By the place of its root.
    private(set) var resourceAt: [SchemaLocation: Int] = [:]
    private var resourceNamed: [String: Int] = [:]
    /// By the number of the resource, then by name.
    private var anchors: [Int: [String: SchemaLocation]] = [:]
    /// By name, then by the number of the resource.
    private(set) var dynamicAnchors: [String: [Int: SchemaLocation]] = [:]

    init(_ root: JSONValue, library: SchemaLibrary) {
        self.library = library
        add(root, named: "")
    }

    private mutating func add(_ document: JSONValue, named uri: String) {
        documents[uri] = document
        let location = SchemaLocation(document: uri, pointer: "")
        add(Resource(uri: SchemaURI(uri), location: location, dialect: .standard))
        scan(document, at: location, in: resources.count - 1)
    }

    private mutating func add(_ resource: Resource) {
        resourceAt[resource.location] = resources.count
        resourceNamed[resource.uri.document] = resources.count
        resources.append(resource)
    }

    private mutating func scan(_ schema: JSONValue, at location: SchemaLocation, in outer: Int) {
        guard let object = schema.objectValue else { return }
        let resource = resource(of: object, at: location, in: outer)
        if let anchor = object["$anchor"]?.stringValue {
            anchors[resource, default: [:]][anchor] = location
        }
        if let anchor = object["$dynamicAnchor"]?.stringValue {
            anchors[resource, default: [:]][anchor] = location
            dynamicAnchors[anchor, default: [:]][resource] = location
        }
        for (place, child) in object.subschemas {
            scan(child, at: location + place, in: resource)
        }
    }

    /// The resource that a schema belongs to: one of its own if it has an `$id`.
    private mutating func resource(of object: JSONObject, at location: SchemaLocation, in outer: Int) -> Int {
        var resource = outer
        if let id = object["$id"]?.stringValue {
            let uri = resources[outer].uri.resolving(SchemaURI(id))
            if id.hasPrefix("#") {
                // So did draft 7 name anchors.
                anchors[outer, default: [:]][String(id.dropFirst())] = location
            } else if location == resources[outer].location {
                // A document keeps the name by which it was asked for beside the one that it gives itself.
                resources[outer].uri = uri
                resourceNamed[uri.document] = outer
            } else {
                resource = resources.count
                add(Resource(uri: uri, location: location, dialect: resources[outer].dialect))
            }
        }
        if let metaschema = object["$schema"]?.stringValue, location == resources[resource].location {
            resources[resource].dialect = SchemaDialect(
                metaschema: SchemaURI(metaschema).document, in: library)
        }
        return resource
    }

    /// Where that is which `reference` names when it stands in a resource; nil if no known document has it. A document
    /// of the library becomes known by this.
    mutating func location(of reference: SchemaURI, from resource: Int) -> SchemaLocation? {
        let target = resources[resource].uri.resolving(reference).document
        if resourceNamed[target] == nil, let document = library.document(at: target) {
            add(document, named: target)
        }
        guard let named = resourceNamed[target] else { return nil }
        guard let fragment = reference.fragment?.percentDecoded, !fragment.isEmpty else {
            return resources[named].location
        }
        if fragment.hasPrefix("/") { return resources[named].location + fragment }
        return anchors[named]?[fragment]
    }

    /// What stands there.
    func schema(at location: SchemaLocation) -> JSONValue? {
        documents[location.document]?.value(at: location.pointer)
    }

    /// The innermost resource that a location is in.
    func resource(around location: SchemaLocation) -> Int {
        var location = location
        while resourceAt[location] == nil, let parent = location.parent { location = parent }
        return resourceAt[location] ?? 0
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

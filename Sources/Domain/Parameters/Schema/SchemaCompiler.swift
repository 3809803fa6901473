import JSON

/// Compiles a schema document, and finds what is wrong with it.
struct SchemaCompiler {
    private let root: JSONValue
    private let index: SchemaIndex
    let formats: FormatAssertion
    private var nodes: [SchemaNode?] = []
    /// By JSON pointer. A node has its number before it is compiled, so that it may refer to itself.
    private var numbers: [String: Int] = [:]
    /// What references name and has not been compiled yet.
    private var pending: [(number: Int, pointer: String, schema: JSONValue)] = []

    /// Deeper schemas are refused, since compiling recurses.
    private static let deepest = 200

    /// A schema that is being compiled.
    struct Place {
        let pointer: String
        let resource: Int
        let object: JSONObject

        func error(_ keyword: String, _ reason: String) -> SchemaError {
            SchemaError(pointer: pointer + "/" + keyword.escapedForPointer, reason: reason)
        }
    }

    static func compile(_ root: JSONValue, formats: FormatAssertion) throws(SchemaError) -> CompiledSchema {
        guard root.nesting <= deepest else {
            throw SchemaError(pointer: "", reason: "it is nested more than \(deepest) deep")
        }
        var compiler = SchemaCompiler(root: root, index: SchemaIndex(root), formats: formats)
        return try compiler.compiled()
    }

    private mutating func compiled() throws(SchemaError) -> CompiledSchema {
        _ = try node(for: root, at: "", in: 0)
        while let (number, pointer, schema) = pending.popLast() {
            nodes[number] = try compile(schema, at: pointer, in: resource(around: pointer))
        }
        var dynamicAnchors: [String: [Int: Int]] = [:]
        for (name, pointers) in index.dynamicAnchors {
            for (resource, pointer) in pointers {
                dynamicAnchors[name, default: [:]][resource] = numbers[pointer]
            }
        }
        return CompiledSchema(nodes: nodes.compactMap { $0 }, dynamicAnchors: dynamicAnchors)
    }

    private init(root: JSONValue, index: SchemaIndex, formats: FormatAssertion) {
        self.root = root
        self.index = index
        self.formats = formats
    }

    /// The number of the node for the schema at a JSON pointer.
    private mutating func node(
        for schema: JSONValue, at pointer: String, in outer: Int
    ) throws(SchemaError) -> Int {
        if let number = numbers[pointer] { return number }
        let number = reserveNumber(for: pointer)
        nodes[number] = try compile(schema, at: pointer, in: index.resourceAt[pointer] ?? outer)
        return number
    }

    private mutating func reserveNumber(for pointer: String) -> Int {
        numbers[pointer] = nodes.count
        nodes.append(nil)
        return nodes.count - 1
    }

    private mutating func compile(
        _ schema: JSONValue, at pointer: String, in resource: Int
    ) throws(SchemaError) -> SchemaNode {
        switch schema {
        case .bool(let verdict): return SchemaNode(verdict: verdict, resource: resource)
        case .object(let object): return try compile(Place(pointer: pointer, resource: resource, object: object))
        default: throw SchemaError(pointer: pointer, reason: "a schema is an object or a boolean")
        }
    }

    private mutating func compile(_ place: Place) throws(SchemaError) -> SchemaNode {
        var keywords: [SchemaKeyword] = []
        for (name, value) in place.object {
            if let keyword = try keyword(name, value, in: place) { keywords.append(keyword) }
        }
        // What no keyword needed may be wrong nevertheless.
        for (pointer, schema) in place.object.subschemas {
            _ = try node(for: schema, at: place.pointer + pointer, in: place.resource)
        }
        let (last, first) = (keywords.filter(\.isLast), keywords.filter { !$0.isLast })
        var types: SchemaTypes?
        for case .type(let named) in keywords.map(\.rule) { types = named }
        return SchemaNode(
            keywords: first + last, types: types, defaultValue: place.object["default"], resource: place.resource)
    }

    /// Nil for a keyword that says nothing about values.
    private mutating func keyword(
        _ name: String, _ value: JSONValue, in place: Place
    ) throws(SchemaError) -> SchemaKeyword? {
        if let keyword = try valueKeyword(name, value, in: place) { return keyword }
        if let keyword = try arrayKeyword(name, value, in: place) { return keyword }
        if let keyword = try objectKeyword(name, value, in: place) { return keyword }
        return try logicKeyword(name, value, in: place)
    }
}

extension SchemaKeyword {
    /// Whether it builds upon what all others have looked at.
    fileprivate var isLast: Bool { name == "unevaluatedProperties" || name == "unevaluatedItems" }
}

extension JSONValue {
    fileprivate var nesting: Int {
        switch self {
        case .array(let elements): 1 + (elements.lazy.map(\.nesting).max() ?? 0)
        case .object(let object): 1 + (object.lazy.map(\.value.nesting).max() ?? 0)
        default: 0
        }
    }
}

// MARK: Reading what keywords say

extension SchemaCompiler {
    /// The subschema that is the keyword's value.
    mutating func child(_ keyword: String, in place: Place) throws(SchemaError) -> Int? {
        guard let schema = place.object[keyword] else { return nil }
        return try node(for: schema, at: place.pointer + "/" + keyword, in: place.resource)
    }

    /// The subschemas in the keyword's array.
    mutating func children(_ keyword: String, _ value: JSONValue, in place: Place) throws(SchemaError) -> [Int] {
        guard let schemas = value.arrayValue else { throw place.error(keyword, "it is to be an array of schemas") }
        var numbers: [Int] = []
        for (offset, schema) in schemas.enumerated() {
            numbers.append(try node(for: schema, at: "\(place.pointer)/\(keyword)/\(offset)", in: place.resource))
        }
        return numbers
    }

    /// The subschemas in the keyword's object, but for those that `dependencies` gives as lists of names.
    mutating func members(
        _ keyword: String, _ value: JSONValue, in place: Place
    ) throws(SchemaError) -> [(name: String, node: Int)] {
        guard let object = value.objectValue else { throw place.error(keyword, "it is to be an object of schemas") }
        var members: [(name: String, node: Int)] = []
        for (name, schema) in object where keyword != "dependencies" || schema.arrayValue == nil {
            let pointer = "\(place.pointer)/\(keyword)/\(name.escapedForPointer)"
            members.append((name, try node(for: schema, at: pointer, in: place.resource)))
        }
        return members
    }

    func names(_ keyword: String, _ value: JSONValue, in place: Place) throws(SchemaError) -> [String] {
        let names = value.arrayValue?.map(\.stringValue) ?? [nil]
        let strings = names.compactMap { $0 }
        guard strings.count == names.count else { throw place.error(keyword, "it is to be an array of strings") }
        return strings
    }

    func count(_ keyword: String, _ value: JSONValue, in place: Place) throws(SchemaError) -> Int {
        guard let decimal = ExactDecimal(value), decimal.isWhole, decimal.isZero || decimal.isPositive else {
            throw place.error(keyword, "it is to be a whole number that is not negative")
        }
        return decimal.wholeValue.flatMap { Int(exactly: $0) } ?? .max
    }

    func pattern(_ source: String, _ keyword: String, in place: Place) throws(SchemaError) -> Pattern {
        do throws(PatternError) {
            return try Pattern(source)
        } catch {
            let pattern = PythonSpelling.of(source)
            throw place.error(keyword, "\(pattern) is not a pattern: \(error.reason) (position \(error.offset))")
        }
    }

    /// The node that a reference names; compiled later, so that long chains of references need no deep stack.
    mutating func target(_ keyword: String, _ value: JSONValue, in place: Place) throws(SchemaError) -> Int {
        guard let text = value.stringValue else { throw place.error(keyword, "it is to be a string") }
        guard let pointer = index.pointer(of: SchemaURI(text), from: place.resource),
            let schema = root.value(at: pointer)
        else {
            throw place.error(keyword, "\(PythonSpelling.of(text)) is not in this document; nothing is fetched")
        }
        if let number = numbers[pointer] { return number }
        let number = reserveNumber(for: pointer)
        pending.append((number, pointer, schema))
        return number
    }

    /// The anchor by which a `$dynamicRef` may be replaced, if what it names by itself is marked by one.
    func dynamicAnchor(of reference: String, in place: Place) -> String? {
        guard let fragment = SchemaURI(reference).fragment, let marked = index.dynamicAnchors[fragment],
            let pointer = index.pointer(of: SchemaURI(reference), from: place.resource),
            marked.values.contains(pointer)
        else { return nil }
        return fragment
    }

    /// The innermost resource that a JSON pointer leads into.
    private func resource(around pointer: String) -> Int {
        var pointer = pointer[...]
        while index.resourceAt[String(pointer)] == nil, let slash = pointer.lastIndex(of: "/") {
            pointer = pointer[..<slash]
        }
        return index.resourceAt[String(pointer)] ?? 0
    }
}

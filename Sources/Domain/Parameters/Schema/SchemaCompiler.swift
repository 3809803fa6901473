import JSON

/// Compiles a schema document, and finds what is wrong with it.
struct SchemaCompiler {
    private let root: JSONValue
    private var index: SchemaIndex
    private let formats: FormatAssertion
    private var nodes: [SchemaNode?] = []
    /// A node has its number before it is compiled, so that it may refer to itself.
    private var numbers: [SchemaLocation: Int] = [:]
    /// What references name and has not been compiled yet.
    private var pending: [(number: Int, location: SchemaLocation, schema: JSONValue)] = []

    /// Deeper schemas are refused, since compiling recurses.
    private static let deepest = 200

    /// A schema that is being compiled.
    struct Place {
        let location: SchemaLocation
        let resource: Int
        let object: JSONObject

        func error(_ keyword: String, _ reason: String) -> SchemaError {
            SchemaError(pointer: (location + "/" + keyword.escapedForPointer).description, reason: reason)
        }
    }

    static func compile(
        _ root: JSONValue, formats: FormatAssertion, library: SchemaLibrary
    ) throws(SchemaError) -> CompiledSchema {
        guard root.nesting <= deepest else {
            throw SchemaError(pointer: "", reason: "it is nested more than \(deepest) deep")
        }
        var compiler = SchemaCompiler(root: root, index: SchemaIndex(root, library: library), formats: formats)
        return try compiler.compiled()
    }

    private mutating func compiled() throws(SchemaError) -> CompiledSchema {
        _ = try node(for: root, at: .root, in: 0)
        repeat {
            while let (number, location, schema) = pending.popLast() {
                nodes[number] = try compile(schema, at: location, in: index.resource(around: location))
            }
            reserveDynamicAnchors()
        } while !pending.isEmpty
        let dynamicAnchors = index.dynamicAnchors.mapValues { $0.compactMapValues { numbers[$0] } }
        return CompiledSchema(nodes: nodes.compactMap { $0 }, dynamicAnchors: dynamicAnchors)
    }

    /// What a `$dynamicAnchor` marks in a document of which only another part was referred to may be meant all the
    /// same.
    private mutating func reserveDynamicAnchors() {
        for location in index.dynamicAnchors.values.flatMap(\.values) where numbers[location] == nil {
            guard let schema = index.schema(at: location) else { continue }
            pending.append((reserveNumber(for: location), location, schema))
        }
    }

    private init(root: JSONValue, index: SchemaIndex, formats: FormatAssertion) {
        self.root = root
        self.index = index
        self.formats = formats
    }

    private mutating func node(
        for schema: JSONValue, at location: SchemaLocation, in outer: Int
    ) throws(SchemaError) -> Int {
        if let number = numbers[location] { return number }
        let number = reserveNumber(for: location)
        nodes[number] = try compile(schema, at: location, in: index.resourceAt[location] ?? outer)
        return number
    }

    private mutating func reserveNumber(for location: SchemaLocation) -> Int {
        numbers[location] = nodes.count
        nodes.append(nil)
        return nodes.count - 1
    }

    private mutating func compile(
        _ schema: JSONValue, at location: SchemaLocation, in resource: Int
    ) throws(SchemaError) -> SchemaNode {
        switch schema {
        case .bool(let verdict): return SchemaNode(verdict: verdict, resource: resource)
        case .object(let object): return try compile(Place(location: location, resource: resource, object: object))
        default: throw SchemaError(pointer: location.description, reason: "a schema is an object or a boolean")
        }
    }

    private mutating func compile(_ place: Place) throws(SchemaError) -> SchemaNode {
        let dialect = index.resources[place.resource].dialect
        if let vocabulary = dialect.unknownVocabulary {
            throw place.error(
                "$schema", "it requires the vocabulary \(PythonSpelling.of(vocabulary)), which is unknown")
        }
        var keywords: [SchemaKeyword] = []
        for (name, value) in place.object where dialect.hasKeyword(name) {
            if let keyword = try keyword(name, value, in: place) { keywords.append(keyword) }
        }
        // What no keyword needed may be wrong nevertheless.
        for (pointer, schema) in place.object.subschemas {
            _ = try node(for: schema, at: place.location + pointer, in: place.resource)
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
        return try node(for: schema, at: place.location + "/" + keyword, in: place.resource)
    }

    /// The subschemas in the keyword's array.
    mutating func children(_ keyword: String, _ value: JSONValue, in place: Place) throws(SchemaError) -> [Int] {
        guard let schemas = value.arrayValue else { throw place.error(keyword, "it is to be an array of schemas") }
        var numbers: [Int] = []
        for (offset, schema) in schemas.enumerated() {
            numbers.append(try node(for: schema, at: place.location + "/\(keyword)/\(offset)", in: place.resource))
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
            let location = place.location + "/\(keyword)/\(name.escapedForPointer)"
            members.append((name, try node(for: schema, at: location, in: place.resource)))
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
        guard let location = index.location(of: SchemaURI(text), from: place.resource),
            let schema = index.schema(at: location)
        else {
            throw place.error(keyword, "\(PythonSpelling.of(text)) is not in this document; nothing is fetched")
        }
        if let number = numbers[location] { return number }
        let number = reserveNumber(for: location)
        pending.append((number, location, schema))
        return number
    }

    /// The anchor by which a `$dynamicRef` may be replaced, if what it names by itself is marked by one.
    mutating func dynamicAnchor(of reference: String, in place: Place) -> String? {
        let reference = SchemaURI(reference)
        guard let fragment = reference.fragment, let location = index.location(of: reference, from: place.resource),
            index.dynamicAnchors[fragment]?.values.contains(location) == true
        else { return nil }
        return fragment
    }

    /// Whether `format` is checked there.
    func checksFormats(in place: Place) -> Bool {
        formats == .asserted || index.resources[place.resource].dialect.assertsFormats
    }
}

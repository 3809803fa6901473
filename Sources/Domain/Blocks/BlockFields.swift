public import JSON

/// The fields of a block schema as clients send them: JSON Schema with the blocks that such a block holds
/// (`block_schema_references`) and everything that it refers to (`definitions`).
public struct BlockFields: Sendable, Hashable {
    static let referencesKey = "block_schema_references"
    static let definitionsKey = "definitions"
    private static let pointer = "#/definitions/"

    public var members: JSONObject

    public init(_ members: JSONObject) { self.members = members }

    /// The text whose SHA-256 is a schema's checksum. Clients compute it too, so that it must agree to the byte.
    ///
    /// Neither which fields are secret counts, nor how the blocks that it holds are made: they have checksums of their
    /// own.
    public var checksumText: String {
        var counted = BlockFields(Self.withoutSecretFields(members))
        if !counted.definitions.isEmpty { counted.keep(counted.ownDefinitions(among: counted.definitions)) }
        return JSONValue.array([.array([.object(counted.members)]), [:]]).pythonText
    }

    /// What the fields refer to, blocks and others.
    public var definitions: JSONObject { members[Self.definitionsKey]?.objectValue ?? [:] }

    /// What is stored: without references, and without the definitions of blocks.
    public func stored(among definitions: JSONObject) -> JSONObject {
        var stored = self
        if !definitions.isEmpty { stored.keep(ownDefinitions(among: definitions)) }
        stored.members[Self.referencesKey] = nil
        return stored.members
    }

    private mutating func keep(_ definitions: JSONObject) {
        members[Self.definitionsKey] = definitions.isEmpty ? nil : .object(definitions)
    }

    /// The blocks that such a block holds. A field of several types has several.
    public var references: [BlockSchemaReference] {
        (members[Self.referencesKey]?.objectValue ?? [:]).flatMap { name, value in
            (value.arrayValue ?? [value]).compactMap { entry in
                guard let slug = entry["block_type_slug"]?.stringValue,
                    let checksum = entry["block_schema_checksum"]?.stringValue
                else { return nil }
                return BlockSchemaReference(name: name, typeSlug: slug, checksum: checksum)
            }
        }
    }

    /// The fields of a block that this one holds, as the definitions have them.
    public func fields(of reference: BlockSchemaReference, among definitions: JSONObject) -> JSONObject? {
        let property = members["properties"]?[reference.name] ?? .null
        let found = Self.pointers(in: property).compactMap { definitions[Self.name($0)]?.objectValue }
        guard found.count != 1 else { return found[0] }
        return found.first { $0["block_type_slug"]?.stringValue == reference.typeSlug }
    }

    // MARK: Definitions

    /// The definitions that are referred to, here or in what is referred to, and are no blocks.
    private func ownDefinitions(among definitions: JSONObject) -> JSONObject {
        var found: JSONObject = [:]
        var open = Self.pointers(in: .object(members)).map(Self.name)
        while let name = open.popLast() {
            guard !found.contains(key: name), let definition = definitions[name]?.objectValue, !definition.isEmpty,
                definition["block_type_slug"]?.isNull ?? true
            else { continue }
            found[name] = .object(definition)
            open += Self.pointers(in: .object(definition)).map(Self.name)
        }
        return found
    }

    private static func name(_ pointer: String) -> String {
        pointer.hasPrefix(Self.pointer) ? String(pointer.dropFirst(Self.pointer.count)) : pointer
    }

    private static func pointers(in value: JSONValue) -> [String] {
        switch value {
        case .object(let object):
            let own = [object["$ref"]?.stringValue].compactMap(\.self)
            return own + object.flatMap { pointers(in: $0.value) }
        case .array(let elements): return elements.flatMap { pointers(in: $0) }
        default: return []
        }
    }

    /// (Not in arrays: so clients do it.)
    private static func withoutSecretFields(_ object: JSONObject) -> JSONObject {
        JSONObject(
            object.filter { $0.key != "secret_fields" }.map { member in
                (member.key, member.value.objectValue.map { .object(withoutSecretFields($0)) } ?? member.value)
            })
    }
}

import JSON

/// What a value of the API may be, as JSON Schema (draft 2020-12) has it; and, with it, the named schemas that it refers to.
///
/// Most are put together of others:
///
///     .text, .id, .time, .flag, .whole(0...200), .json         values
///     .list(of: .text), .map(of: .id), .text.orNull            values of values
///     .words(of: FlowOrder.self)                               one of the words of an enumeration
///     .record("Flow", ["id": .id, "name": .text])              what is answered: all members are there, and no others
///     .body("FlowCreate", required: […], optional: […])        what is taken: other members are passed over
///
/// One with a name becomes a component of the description, and is referred to wherever it is used. What a name stands for
/// is said once: as a `static let` in an extension of `Schema` (the folder `Schemas`).
struct Schema: Sendable {
    /// What stands where it is used.
    let json: JSONObject
    /// The schemas that it refers to, by their names; those that these refer to are among them.
    let components: [String: JSONObject]

    /// - Parameter parts: the schemas that the keywords were made of.
    init(_ json: JSONObject, of parts: some Sequence<Schema> = []) {
        self.json = json
        components = parts.reduce(into: [:]) { $0.merge($1.components) { first, _ in first } }
    }

    private init(json: JSONObject, components: [String: JSONObject]) {
        self.json = json
        self.components = components
    }

    /// The same as a component.
    func named(_ name: String) -> Schema {
        Schema(json: Self.reference(name), components: components.merging([name: json]) { first, _ in first })
    }

    /// Whether an object without members will do.
    var allowsEmptyObject: Bool {
        let name = json["$ref"]?.stringValue?.split(separator: "/").last
        let json = name.flatMap { components[String($0)] } ?? json
        return json["type"] == "object" && json["required"] == nil
    }

    /// A component that is being described: what contains its like refers to it so.
    static func itself(_ name: String) -> Schema { Schema(reference(name)) }

    private static func reference(_ name: String) -> JSONObject { ["$ref": .string("#/components/schemas/\(name)")] }

    /// The same with one more keyword.
    func with(_ keyword: String, _ value: JSONValue) -> Schema {
        Schema(json: json.merging([keyword: value]), components: components)
    }

    /// The same with a word on what it means.
    func meaning(_ description: String) -> Schema { with("description", .string(description)) }
}

/// The members of an object, in their order.
struct SchemaMembers: ExpressibleByDictionaryLiteral, Sendable {
    let all: [(key: String, schema: Schema)]

    init(_ all: [(key: String, schema: Schema)]) { self.all = all }
    init(dictionaryLiteral elements: (String, Schema)...) { all = elements.map { (key: $0.0, schema: $0.1) } }

    static func + (first: SchemaMembers, second: SchemaMembers) -> SchemaMembers {
        SchemaMembers(first.all + second.all)
    }

    var keys: JSONValue { .array(all.map { .string($0.key) }) }
    var schemas: [Schema] { all.map(\.schema) }

    /// The keyword `properties`.
    var properties: JSONValue { .object(JSONObject(all.map { ($0.key, .object($0.schema.json)) })) }

    /// The same, where null says no more than absence.
    var orNull: SchemaMembers { SchemaMembers(all.map { ($0.key, $0.schema.orNull) }) }
}

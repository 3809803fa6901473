public import JSON

extension EventFilter: JSONReadable {
    /// Reads the filter as Prefect's clients write it.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        self.init()
        if let occurred = try reader.optional("occurred") {
            since = try occurred.optional("since")
            until = try occurred.optional("until")
        }
        name = try reader.optional("event") ?? NameTest()
        resource = try reader.optional("resource")
        related = try Self.oneOrMany(reader, "related")
        anyResource = try Self.oneOrMany(reader, "any_resource")
        if let id = try reader.optional("id") { ids = try id.optional("id") ?? [] }
        if let query = try reader.optional("text")?.required("query", as: String.self) { text = TextTest(query) }
        order = try reader.optional("order") ?? .descending
    }

    private static func oneOrMany(_ reader: JSONReader, _ key: String) throws(JSONReadingError) -> [ResourceTest] {
        guard let member = try reader.optional(key) else { return [] }
        guard case .array = member.value else { return [try ResourceTest(reading: member)] }
        return try [ResourceTest](reading: member)
    }
}

extension EventFilter.Order: JSONReadable {}

extension EventFilter.NameTest: JSONReadable {
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        self.init()
        names = try reader.optional("name") ?? []
        prefixes = try reader.optional("prefix") ?? []
        excludedNames = try reader.optional("exclude_name") ?? []
        excludedPrefixes = try reader.optional("exclude_prefix") ?? []
    }
}

extension EventFilter.ResourceTest: JSONReadable {
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        self.init()
        ids = try reader.optional("id") ?? []
        idPrefixes = try reader.optional("id_prefix") ?? []
        roles = try reader.optional("role") ?? []
        labels = try reader.optional("labels")
        for pair in try reader.optional("resources_in_roles")?.array ?? [] {
            let texts: [String] = try pair.read()
            guard texts.count == 2 else { throw pair.error("too_short", "Input should be an id and a role") }
            inRoles.append((id: texts[0], role: texts[1]))
        }
    }
}

extension EventFilter.LabelTest: JSONReadable {
    /// `{"label": "pattern"}` or `{"label": ["pattern", …]}`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        var patterns: [(label: String, values: [String])] = []
        for (key, member) in try reader.members {
            if case .array = member.value {
                patterns.append((key, try member.read()))
            } else {
                patterns.append((key, [try member.string]))
            }
        }
        self.init(patterns)
    }
}

import JSON

extension ParameterSchema {
    /// The schema that a Prefect client sent for a deployment's parameters, read as Prefect's server reads it.
    ///
    /// That repairs what pydantic 1 wrote before validating (`preprocess_schema` in `prefect.utilities.schema_tools`):
    /// a property that is neither required nor has a default accepts null, a list in `items` means `prefixItems`, and a
    /// block may be given by reference. Formats are not checked, as the flow's own pydantic does that.
    ///
    /// - Parameter acceptsNullForDefaults: a property that has a default accepts null as well, as job variables do.
    public init(prefect schema: JSONValue, acceptsNullForDefaults: Bool = false) throws(SchemaError) {
        let repaired = schema.objectValue.map { $0.asPrefectReadsIt(acceptsNullForDefaults) }
        try self.init(repaired.map { .object($0) } ?? schema, formats: .ignored)
    }
}

extension JSONObject {
    fileprivate func asPrefectReadsIt(_ nullForDefaults: Bool) -> JSONObject {
        var schema = withRepairedProperties(nullForDefaults)
        guard let definitions = self["definitions"]?.objectValue else { return schema }
        var repaired = definitions
        for (name, definition) in definitions {
            guard let object = definition.objectValue?.withRepairedProperties(nullForDefaults) else { continue }
            repaired[name] = .object(object)
            if object.contains(key: "block_type_slug"), let title = object["title"]?.stringValue {
                repaired[title] = ["oneOf": [.object(object), Self.blockReference]]
            }
        }
        schema["definitions"] = .object(repaired)
        return schema
    }

    private func withRepairedProperties(_ nullForDefaults: Bool) -> JSONObject {
        guard let properties = self["properties"]?.objectValue else { return self }
        let required = self["required"]?.arrayValue ?? []
        var schema = self
        var repaired = properties
        for (name, property) in properties {
            guard let object = property.objectValue else { continue }
            let isRequired = required.contains(.string(name))
            let accepting = isRequired ? object : object.acceptingNull(nullForDefaults)
            repaired[name] = .object(accepting.withPrefixItems.withRepairedProperties(nullForDefaults))
        }
        schema["properties"] = .object(repaired)
        return schema
    }

    private func acceptingNull(_ nullForDefaults: Bool) -> JSONObject {
        guard let type = self["type"], type != "null", nullForDefaults || !contains(key: "default") else { return self }
        var schema = self
        schema["anyOf"] = [["type": type], ["type": "null"]]
        schema["type"] = nil
        return schema
    }

    private var withPrefixItems: JSONObject {
        guard let items = self["items"], items.arrayValue?.isEmpty == false, !contains(key: "prefixItems")
        else { return self }
        var schema = self
        schema["prefixItems"] = items
        schema["items"] = nil
        return schema
    }

    private static let blockReference: JSONValue = [
        "type": "object",
        "properties": [
            "$ref": [
                "oneOf": [
                    ["type": "string", "format": "uuid"],
                    ["type": "object", "additionalProperties": ["type": "string"], "minProperties": 1],
                ]
            ]
        ],
        "required": ["$ref"],
    ]
}

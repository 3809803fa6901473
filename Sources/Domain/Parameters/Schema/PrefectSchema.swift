import JSON

extension ParameterSchema {
    /// The schema that a Prefect client sent for a deployment's parameters, read as Prefect's server reads it.
    ///
    /// That repairs what pydantic 1 wrote before validating (`preprocess_schema` in `prefect.utilities.schema_tools`):
    /// a property that is neither required nor has a default accepts null, a list in `items` means `prefixItems`, and a
    /// block may be given by reference. Formats are not checked, as the flow's own pydantic does that.
    public init(prefect schema: JSONValue) throws(SchemaError) {
        try self.init(schema.objectValue.map { .object($0.asPrefectReadsIt) } ?? schema, formats: .ignored)
    }
}

extension JSONObject {
    fileprivate var asPrefectReadsIt: JSONObject {
        var schema = withRepairedProperties
        guard let definitions = self["definitions"]?.objectValue else { return schema }
        var repaired = definitions
        for (name, definition) in definitions {
            guard let object = definition.objectValue?.withRepairedProperties else { continue }
            repaired[name] = .object(object)
            if object.contains(key: "block_type_slug"), let title = object["title"]?.stringValue {
                repaired[title] = ["oneOf": [.object(object), Self.blockReference]]
            }
        }
        schema["definitions"] = .object(repaired)
        return schema
    }

    private var withRepairedProperties: JSONObject {
        guard let properties = self["properties"]?.objectValue else { return self }
        let required = self["required"]?.arrayValue ?? []
        var schema = self
        var repaired = properties
        for (name, property) in properties {
            guard let object = property.objectValue else { continue }
            let isRequired = required.contains(.string(name))
            repaired[name] = .object(object.acceptingNull(unless: isRequired).withPrefixItems.withRepairedProperties)
        }
        schema["properties"] = .object(repaired)
        return schema
    }

    private func acceptingNull(unless isRequired: Bool) -> JSONObject {
        guard !isRequired, let type = self["type"], type != "null", !contains(key: "default") else { return self }
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

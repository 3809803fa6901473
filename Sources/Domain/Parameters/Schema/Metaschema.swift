import JSON

/// The schema of schemas, draft 2020-12: a document that has no rules of its own but joins one for each vocabulary.
///
/// Written from the tables of the specification (JSON Schema Core §§ 8 and 10 to 12, Validation §§ 6 to 9), not copied: the same
/// documents are valid, the descriptions are left out.
enum Metaschema {
    struct Vocabulary {
        let name: String
        let keywords: [String]
        var uri: String { base + "vocab/" + name }
    }

    static let base = "https://json-schema.org/draft/2020-12/"
    static let uri = base + "schema"
    static let formatAssertion = base + "vocab/format-assertion"
    static let coreKeywords = Set(tables["core"]?.keys ?? [])
    static let vocabularies = tables.map { Vocabulary(name: $0.key, keywords: $0.value.keys) }

    private static let documents: [String: JSONValue] = {
        var documents = [uri: whole]
        for (name, keywords) in tables {
            let uri = base + "meta/" + name
            documents[uri] = document(uri, [name], ["properties": .object(keywords)])
        }
        return documents
    }()

    static func document(at uri: String) -> JSONValue? {
        uri.hasPrefix(base) ? documents[uri] : nil
    }

    private static func document(_ uri: String, _ vocabularies: [String], _ rules: JSONObject) -> JSONValue {
        let frame: JSONObject = [
            "$schema": .string(Self.uri), "$id": .string(uri),
            "$vocabulary": .object(JSONObject(vocabularies.map { (key: base + "vocab/" + $0, value: true) })),
            "$dynamicAnchor": "meta", "type": ["object", "boolean"],
        ]
        return .object(frame.merging(rules))
    }

    private static let joined = [
        "core", "applicator", "unevaluated", "validation", "meta-data", "format-annotation", "content",
    ]

    private static let whole = document(
        uri, joined,
        [
            "allOf": .array(joined.map { ["$ref": .string("meta/" + $0)] }),
            // What older drafts had, so that nothing new takes their names.
            "properties": [
                "definitions": members(schema),
                "dependencies": members(["anyOf": [schema, names]]),
                "$recursiveAnchor": ["$ref": "meta/core#/properties/$anchor"],
                "$recursiveRef": ["$ref": "meta/core#/properties/$ref"],
            ],
        ])
}

// MARK: What each keyword may say

extension Metaschema {
    private static let schema: JSONValue = ["$dynamicRef": "#meta"]
    private static let schemas: JSONValue = ["type": "array", "minItems": 1, "items": schema]
    private static let names: JSONValue = ["type": "array", "items": text, "uniqueItems": true]
    private static let text: JSONValue = ["type": "string"]
    private static let flag: JSONValue = ["type": "boolean"]
    private static let number: JSONValue = ["type": "number"]
    private static let count: JSONValue = ["type": "integer", "minimum": 0]
    private static let reference: JSONValue = ["type": "string", "format": "uri-reference"]
    private static let anchor: JSONValue = ["type": "string", "pattern": "^[A-Za-z_][-A-Za-z0-9._]*$"]
    private static let type: JSONValue = [
        "enum": ["array", "boolean", "integer", "null", "number", "object", "string"]
    ]

    private static func members(_ member: JSONValue) -> JSONValue {
        ["type": "object", "additionalProperties": member]
    }

    /// By the vocabularies' names, what their keywords may say.
    private static let tables: [String: JSONObject] = [
        "core": [
            "$id": ["type": "string", "format": "uri-reference", "pattern": "^[^#]*#?$"],
            "$schema": ["type": "string", "format": "uri"],
            "$ref": reference, "$anchor": anchor, "$dynamicRef": reference, "$dynamicAnchor": anchor,
            "$vocabulary": [
                "type": "object", "propertyNames": ["type": "string", "format": "uri"], "additionalProperties": flag,
            ],
            "$comment": text, "$defs": members(schema),
        ],
        "applicator": [
            "prefixItems": schemas, "items": schema, "contains": schema, "additionalProperties": schema,
            "properties": members(schema),
            "patternProperties": [
                "type": "object", "additionalProperties": schema, "propertyNames": ["format": "regex"],
            ],
            "dependentSchemas": members(schema), "propertyNames": schema, "if": schema, "then": schema, "else": schema,
            "allOf": schemas, "anyOf": schemas, "oneOf": schemas, "not": schema,
        ],
        "unevaluated": ["unevaluatedItems": schema, "unevaluatedProperties": schema],
        "validation": [
            "type": ["anyOf": [type, ["type": "array", "items": type, "minItems": 1, "uniqueItems": true]]],
            "const": true, "enum": ["type": "array"],
            "multipleOf": ["type": "number", "exclusiveMinimum": 0], "maximum": number, "exclusiveMaximum": number,
            "minimum": number, "exclusiveMinimum": number, "maxLength": count, "minLength": count,
            "pattern": ["type": "string", "format": "regex"], "maxItems": count, "minItems": count, "uniqueItems": flag,
            "maxContains": count, "minContains": count, "maxProperties": count, "minProperties": count,
            "required": names, "dependentRequired": members(names),
        ],
        "meta-data": [
            "title": text, "description": text, "default": true, "deprecated": flag, "readOnly": flag,
            "writeOnly": flag, "examples": ["type": "array"],
        ],
        "format-annotation": ["format": text],
        "format-assertion": ["format": text],
        "content": ["contentEncoding": text, "contentMediaType": text, "contentSchema": schema],
    ]
}

import Domain
import JSON

extension Schema {
    /// Anything at all.
    static let json = Schema([:])
    static let null = Schema(["type": "null"])
    static let flag = Schema(["type": "boolean"])
    static let text = Schema(["type": "string"])
    static let id = Schema(["type": "string", "format": "uuid"])
    /// A time by RFC 3339.
    static let time = Schema(["type": "string", "format": "date-time"])
    static let number = Schema(["type": "number"])

    /// What something is called that is found by its name (`Names`).
    static let name = text(1...300, matching: #"^[^/%&><\x00-\x1f]+$"#)
    /// A part of a path.
    static let segment = text(1...Int.max)

    /// A text in a notation that has a name.
    static func text(as format: String) -> Schema { Schema(["type": "string", "format": .string(format)]) }

    /// A text of some lengths, or of some characters.
    static func text(_ length: ClosedRange<Int>? = nil, matching pattern: String? = nil) -> Schema {
        var keywords: JSONObject = ["type": "string"]
        keywords["minLength"] = length.map { $0.lowerBound.json }
        keywords["maxLength"] = length.flatMap { $0.upperBound < Int.max ? $0.upperBound.json : nil }
        keywords["pattern"] = pattern.map { .string($0) }
        return Schema(keywords)
    }

    /// A whole number. Without bounds of its own, it has those of 64 bits.
    static func whole(_ range: ClosedRange<Int> = Int.min...Int.max) -> Schema {
        Schema(["type": "integer", "minimum": range.lowerBound.json, "maximum": range.upperBound.json])
    }

    static func whole(from least: Int) -> Schema { whole(least...Int.max) }

    static let whole = whole()
    /// How many there are of something.
    static let count = whole(from: 0)

    static func number(_ range: ClosedRange<Double>) -> Schema {
        Schema(["type": "number", "minimum": range.lowerBound.json, "maximum": range.upperBound.json])
    }

    static func number(from least: Double) -> Schema { Schema(["type": "number", "minimum": least.json]) }
    static func number(above bound: Double) -> Schema { Schema(["type": "number", "exclusiveMinimum": bound.json]) }

    /// A span of time.
    static let seconds = number(from: 0)

    /// One of these words.
    static func words(_ words: [String]) -> Schema {
        Schema(["type": "string", "enum": .array(words.map { .string($0) })])
    }

    /// One of the words of an enumeration.
    static func words<Word: CaseIterable & RawRepresentable>(of _: Word.Type) -> Schema
    where Word.RawValue == String {
        words(Word.allCases.map(\.rawValue))
    }

    static func list(of element: Schema, atMost most: Int? = nil) -> Schema {
        var keywords: JSONObject = ["type": "array", "items": .object(element.json)]
        keywords["maxItems"] = most.map { $0.json }
        return Schema(keywords, of: [element])
    }

    /// An object whose keys are not known beforehand.
    static func map(of value: Schema = .json) -> Schema {
        var keywords: JSONObject = ["type": "object"]
        if !value.json.isEmpty { keywords["additionalProperties"] = .object(value.json) }
        return Schema(keywords, of: [value])
    }

    static let map = map()

    /// Whatever one of these is.
    static func any(of choices: Schema...) -> Schema {
        Schema(["anyOf": .array(choices.map { .object($0.json) })], of: choices)
    }

    /// This, or null.
    var orNull: Schema { json.isEmpty ? self : .any(of: self, .null) }
}

extension Schema {
    /// What is answered: every member is there, and there are no others.
    static func record(_ members: SchemaMembers) -> Schema {
        Schema(
            [
                "type": "object", "properties": members.properties, "required": members.keys,
                "additionalProperties": false,
            ], of: members.schemas)
    }

    static func record(_ name: String, _ members: SchemaMembers) -> Schema { record(members).named(name) }

    /// What is taken. Members that are not known are passed over.
    ///
    /// - Parameters:
    ///   - optional: members that need not be there, and may as well be null.
    ///   - given: members that need not be there, and if they are, must not be null.
    static func body(
        _ name: String? = nil, required: SchemaMembers = [:], optional: SchemaMembers = [:], given: SchemaMembers = [:]
    ) -> Schema {
        let members = required + optional.orNull + given
        var keywords: JSONObject = ["type": "object", "properties": members.properties]
        if !required.all.isEmpty { keywords["required"] = required.keys }
        let schema = Schema(keywords, of: members.schemas)
        return name.map { schema.named($0) } ?? schema
    }
}

import Domain
import JSON

/// The members of a part of a body that is kept as it came: what each of them is, for those who read it and for those who
/// are told what it may be.
struct KnownMembers: Sendable {
    /// What a member is.
    enum Kind: Sendable {
        case flag, whole, number, text, id, time, list, map, maps, delays
    }

    private let kinds: [(key: String, kind: Kind)]

    init(_ kinds: KeyValuePairs<String, Kind>) { self.kinds = kinds.map { ($0.key, $0.value) } }

    var keys: [String] { kinds.map(\.key) }

    /// The object as it is kept: without what is null, and with `3` where somebody wrote `"3"`. Members that are not known
    /// stay as they are.
    func read(_ reader: JSONReader) throws(JSONReadingError) -> JSONObject {
        var read = try reader.givenMembers
        for (key, kind) in kinds {
            if let member = try reader.optional(key) { read.updateValue(try kind.read(member), forKey: key) }
        }
        return read
    }
}

extension KnownMembers.Kind {
    fileprivate func read(_ member: JSONReader) throws(JSONReadingError) -> JSONValue {
        switch self {
        case .flag: .bool(try member.bool)
        case .whole: try member.int.json
        case .number: try Self.number(member)
        case .text: .string(try member.string)
        case .id: try ID<KnownMembers>(reading: member).json
        case .time: try Self.time(member)
        case .list: .array(try member.array.map(\.value))
        case .map: .object(try member.object)
        case .maps: try Self.list(of: .map, member)
        case .delays:
            if case .array = member.value { try Self.list(of: .number, member) } else { try Self.number(member) }
        }
    }

    /// A number stays as it was written.
    private static func number(_ member: JSONReader) throws(JSONReadingError) -> JSONValue {
        let number = try member.double
        return switch member.value {
        case .integer, .number: member.value
        default: number.json
        }
    }

    private static func time(_ member: JSONReader) throws(JSONReadingError) -> JSONValue {
        _ = try Timestamp(reading: member)
        return member.value
    }

    private static func list(of kind: Self, _ member: JSONReader) throws(JSONReadingError) -> JSONValue {
        var elements: [JSONValue] = []
        for element in try member.array { elements.append(try kind.read(element)) }
        return .array(elements)
    }
}

extension KnownMembers {
    /// As the description of the API has them.
    var members: SchemaMembers { SchemaMembers(kinds.map { ($0.key, $0.kind.schema) }) }
    var schema: Schema { .body(optional: members) }
}

extension KnownMembers.Kind {
    fileprivate var schema: Schema {
        switch self {
        case .flag: .flag
        case .whole: .whole
        case .number: .number
        case .text: .text
        case .id: .id
        case .time: .time
        case .list: .list(of: .json)
        case .map: .map
        case .maps: .list(of: .map)
        case .delays: .any(of: .number, .list(of: .number))
        }
    }
}

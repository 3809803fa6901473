extension JSONValue: JSONReadable {
    public init(reading reader: JSONReader) {
        self = reader.value
    }
}

extension JSONObject: JSONReadable {
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        self = try reader.object
    }
}

extension String: JSONReadable {
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        self = try reader.string
    }
}

extension Int: JSONReadable {
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        self = try reader.int
    }
}

extension Bool: JSONReadable {
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        self = try reader.bool
    }
}

extension Double: JSONReadable {
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        self = try reader.double
    }
}

extension Array: JSONReadable where Element: JSONReadable {
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        self = try reader.array.map { element throws(JSONReadingError) in try Element(reading: element) }
    }
}

extension Dictionary: JSONReadable where Key == String, Value: JSONReadable {
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        self.init()
        for (key, member) in try reader.members {
            self[key] = try Value(reading: member)
        }
    }
}

/// An enumeration of strings is read from one of them.
extension JSONReadable where Self: CaseIterable & RawRepresentable, RawValue == String {
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        guard let value = reader.value.stringValue.flatMap(Self.init(rawValue:)) else {
            let names = Self.allCases.map { "'\($0.rawValue)'" }
            let choices = [names.dropLast().joined(separator: ", "), names.last ?? ""].filter { !$0.isEmpty }
            throw reader.error("enum", "Input should be \(choices.joined(separator: " or "))")
        }
        self = value
    }
}

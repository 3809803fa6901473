public import JSON

/// An id travels as its text.
extension ID: JSONEncodable, JSONReadable {
    public var json: JSONValue { .string(description) }

    public init(reading reader: JSONReader) throws(JSONReadingError) {
        guard let id = ID(try reader.string) else {
            throw reader.error("uuid_parsing", "Input should be a valid UUID, in the form 8-4-4-4-12")
        }
        self = id
    }
}

public import JSON

/// A moment travels as RFC 3339 text.
extension Timestamp: JSONEncodable, JSONReadable {
    public var json: JSONValue { .string(description) }

    public init(reading reader: JSONReader) throws(JSONReadingError) {
        guard let time = Timestamp(try reader.string) else {
            throw reader.error("datetime_from_date_parsing", "Input should be a valid datetime, by RFC 3339")
        }
        self = time
    }
}

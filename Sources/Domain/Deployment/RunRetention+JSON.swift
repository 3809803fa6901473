public import JSON

/// `{"age": seconds or "forever", "count": number or "all"}`, each left out where the server's own holds.
extension RunRetention: JSONEncodable, JSONReadable {
    public var json: JSONValue {
        var object = JSONObject()
        switch age {
        case nil: break
        case .forever: object["age"] = "forever"
        case .atMost(let span): object["age"] = span.inSeconds.json
        }
        switch count {
        case nil: break
        case .all: object["count"] = "all"
        case .newest(let count): object["count"] = .integer(Int64(count))
        }
        return .object(object)
    }

    public init(reading reader: JSONReader) throws(JSONReadingError) {
        self.init()
        if let age = try reader.optional("age") {
            self.age = age.value == "forever" ? .forever : .atMost(try age.seconds)
        }
        if let count = try reader.optional("count") {
            self.count = count.value == "all" ? .all : .newest(try count.naturalNumber)
        }
    }
}

extension JSONReader {
    fileprivate var naturalNumber: Int {
        get throws(JSONReadingError) {
            let number = try int
            guard number >= 0 else {
                throw error("greater_than_equal", "Input should be a number of 0 or more, or all")
            }
            return number
        }
    }
}

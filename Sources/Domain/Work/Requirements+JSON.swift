public import JSON

/// `{"labels": {…}, "cpu": processors, "memory": bytes, "gpu": devices}`, each left out where nothing is asked. Processors
/// and memory may also be written as people do: `"0.5"`, `"4GiB"`.
extension Requirements: JSONEncodable, JSONReadable {
    public var json: JSONValue {
        var object = JSONObject()
        if !labels.isEmpty {
            object["labels"] = .object(
                JSONObject(labels.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
        }
        for member in resources.members where member.value != 0 { object[member.key] = member.value }
        return .object(object)
    }

    public init(reading reader: JSONReader) throws(JSONReadingError) {
        self.init()
        if let given = try reader.optional("labels") {
            for (name, value) in try given.members { labels[name] = try value.string }
        }
        if let given = try reader.optional("cpu") { resources.cpu = try given.thousandths }
        if let given = try reader.optional("memory") { resources.memory = try given.amountOfMemory }
        if let given = try reader.optional("gpu") {
            guard (0...Self.mostDevices).contains(try given.int) else {
                throw given.error("gpu", "Input should be a number of devices, from 0 to \(Self.mostDevices)")
            }
            resources.gpu = try given.int
        }
    }

    static let mostDevices = 10_000
}

extension Resources {
    /// `{"cpu": processors, "memory": bytes, "gpu": devices}`.
    public var members: JSONObject {
        [
            "cpu": cpu % 1000 == 0 ? .integer(Int64(cpu / 1000)) : (Double(cpu) / 1000).json,
            "memory": .integer(Int64(memory)), "gpu": .integer(Int64(gpu)),
        ]
    }
}

/// A text such as `10/m`.
extension RateLimit: JSONReadable {
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        guard let limit = RateLimit(try reader.string) else {
            throw reader.error(
                "rate_limit",
                "Input should be a rate such as 10/m, 100/h, 5/30s or 10/m burst 3: from 1 to 1000000 starts in 1 s to 1 d"
            )
        }
        self = limit
    }
}

extension JSONReader {
    /// Thousandths of a processor.
    fileprivate var thousandths: Int {
        get throws(JSONReadingError) {
            if case .string(let text) = value, let cpu = ResourceText.cpu(text) { return cpu }
            guard let number = value.doubleValue, (0...100_000).contains(number) else {
                throw error("cpu", "Input should be a number of processors, such as 2 or 0.5")
            }
            return Int((number * 1000).rounded())
        }
    }

    /// Bytes.
    fileprivate var amountOfMemory: Int {
        get throws(JSONReadingError) {
            if case .string(let text) = value, let memory = ResourceText.memory(text) { return memory }
            guard let bytes = value.intValue, bytes >= 0 else {
                throw error("memory", "Input should be an amount of memory, such as 4GiB, or a number of bytes")
            }
            return bytes
        }
    }
}

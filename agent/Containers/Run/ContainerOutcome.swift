public import JSON

/// What came of a container, as the program writes it down that made and watched it.
public struct ContainerOutcome: Sendable, Hashable {
    public enum End: Sendable, Hashable {
        /// By itself, or because it was stopped. Engines say 128 and the signal's number where a signal ended it.
        case exited(code: Int)
        /// It was killed for wanting more memory than it may have.
        case outOfMemory
        /// Why it never began.
        case notStarted(String)
        /// Stopped before it began, or what became of it is not known.
        case unknown(String)
    }

    public var end: End
    /// Processor time of all that ran in it.
    public var cpuMicroseconds: Int64
    public var peakMemoryBytes: Int64
    /// Whether it is known to be gone from its engine.
    public var isRemoved: Bool

    public init(_ end: End, cpuMicroseconds: Int64 = 0, peakMemoryBytes: Int64 = 0, isRemoved: Bool = true) {
        self.end = end
        self.cpuMicroseconds = cpuMicroseconds
        self.peakMemoryBytes = peakMemoryBytes
        self.isRemoved = isRemoved
    }
}

extension ContainerOutcome: JSONEncodable, JSONReadable {
    public var json: JSONValue {
        var object: JSONObject = [
            "cpu_microseconds": .integer(cpuMicroseconds), "peak_memory": .integer(peakMemoryBytes),
            "removed": .bool(isRemoved),
        ]
        switch end {
        case .exited(let code): object["code"] = .integer(Int64(code))
        case .outOfMemory: object["out_of_memory"] = true
        case .notStarted(let reason): object["not_started"] = .string(reason)
        case .unknown(let reason): object["unknown"] = .string(reason)
        }
        return .object(object)
    }

    public init(reading reader: JSONReader) throws(JSONReadingError) {
        let end: End
        if let code = try reader.optional("code") {
            end = .exited(code: try code.int)
        } else if let reason = try reader.optional("not_started") {
            end = .notStarted(try reason.string)
        } else if let reason = try reader.optional("unknown") {
            end = .unknown(try reason.string)
        } else {
            end = .outOfMemory
        }
        self.init(
            end, cpuMicroseconds: Int64(try reader.required("cpu_microseconds").int),
            peakMemoryBytes: Int64(try reader.required("peak_memory").int),
            isRemoved: try reader.required("removed").bool)
    }
}

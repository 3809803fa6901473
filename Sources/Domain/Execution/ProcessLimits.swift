public import JSON

/// What a run's process may use at most. Each is enforced by the agent's system, or the run is not started.
public struct ProcessLimits: Sendable, Hashable {
    /// Of the whole run where the agent may use cgroups; otherwise the address space of each of its processes.
    public var memoryBytes: Int64?
    /// Processor time, of each process.
    public var cpuTime: Duration?
    /// Processors at once, of which a part may be meant; needs cgroups.
    public var cpus: Double?
    /// Processes and threads at once.
    public var processes: Int?
    /// Open files at once, of each process.
    public var openFiles: Int?

    public init(
        memoryBytes: Int64? = nil, cpuTime: Duration? = nil, cpus: Double? = nil, processes: Int? = nil,
        openFiles: Int? = nil
    ) {
        self.memoryBytes = memoryBytes
        self.cpuTime = cpuTime
        self.cpus = cpus
        self.processes = processes
        self.openFiles = openFiles
    }

    public var isEmpty: Bool { self == ProcessLimits() }
}

/// Absent where there is no limit; bytes, seconds and counts.
extension ProcessLimits: JSONEncodable, JSONReadable {
    public var json: JSONValue {
        var object = JSONObject()
        object["memory"] = memoryBytes.map { .integer($0) }
        object["cpu_time"] = cpuTime.map { $0.inSeconds.json }
        object["cpus"] = cpus.map { $0.json }
        object["processes"] = processes.map { .integer(Int64($0)) }
        object["open_files"] = openFiles.map { .integer(Int64($0)) }
        return .object(object)
    }

    public init(reading reader: JSONReader) throws(JSONReadingError) {
        self.init()
        memoryBytes = try reader.optional("memory")?.memory
        cpuTime = try reader.optional("cpu_time")?.seconds
        cpus = try reader.optional("cpus")?.positive
        processes = try reader.optional("processes")?.count
        openFiles = try reader.optional("open_files")?.count
    }
}

extension JSONReader {
    /// A whole number of 1 or more.
    var count: Int {
        get throws(JSONReadingError) {
            let number = try int
            guard number > 0 else { throw error("greater_than", "Input should be greater than 0") }
            return number
        }
    }
}

import Domain
public import JSON

/// Which of those who serve a pool: `workers` in Prefect's API. There are few of them, so they are looked at one by one.
public struct WorkerFilter: JSONReadable, Sendable {
    private var tests: [@Sendable (DescribedWorker) -> Bool] = []
    private var isAlternative = false

    init() {}

    /// Reads the filter as clients write it.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        isAlternative = try reader.optional("operator", as: FilterOperator.self) == .or
        try readStatus(reader.optional("status"))
        try readTimes(reader.optional("last_heartbeat_time"))
        if let pools: [ID<WorkPool>] = try reader.optional("work_pool_id")?.optional("any_") {
            tests.append { pools.contains($0.poolID) }
        }
    }

    private mutating func readStatus(_ reader: JSONReader?) throws(JSONReadingError) {
        if let any: [WorkerStatus] = try reader?.optional("any_") { tests.append { any.contains($0.status) } }
        if let none: [WorkerStatus] = try reader?.optional("not_any_") { tests.append { !none.contains($0.status) } }
    }

    private mutating func readTimes(_ reader: JSONReader?) throws(JSONReadingError) {
        if let time: Timestamp = try reader?.optional("before_") { tests.append { $0.lastHeartbeat <= time } }
        if let time: Timestamp = try reader?.optional("after_") { tests.append { $0.lastHeartbeat >= time } }
    }

    func accepts(_ worker: DescribedWorker) -> Bool {
        isAlternative && !tests.isEmpty ? tests.contains { $0(worker) } : tests.allSatisfy { $0(worker) }
    }
}

/// Whether a worker is there. The names are Prefect's.
public enum WorkerStatus: String, CaseIterable, JSONReadable, Sendable {
    case online = "ONLINE"
    case offline = "OFFLINE"
}

extension DescribedWorker {
    /// Whether it is there, by Prefect's name for it.
    public var status: WorkerStatus { isOnline ? .online : .offline }
}

/// A list of workers as it is asked for.
public struct WorkerListRequest: JSONReadable, Sendable {
    let filter: WorkerFilter
    let limit: Int
    let offset: Int

    /// Reads the request as clients write it.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        filter = try reader.optional("workers") ?? WorkerFilter()
        limit = try ListLimits.limit(reader, from: 0)
        offset = try ListLimits.offset(reader)
    }
}

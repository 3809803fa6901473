public import Domain
public import JSON
import Storage

/// Log lines as they are asked for: `logs` in Prefect's API, with order and part.
public struct LogRequest: JSONReadable, Sendable {
    let filter: LogFilter
    let order: LogOrder
    let limit: Int
    let offset: Int

    /// Reads the request as clients write it.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        filter = try reader.optional("logs").map { logs throws(JSONReadingError) in try LogFilter(logs) } ?? LogFilter()
        order = try reader.optional("sort", as: LogSort.self)?.order ?? .oldestFirst
        limit = try ListLimits.limit(reader, from: 0)
        offset = try ListLimits.offset(reader)
    }
}

private enum LogSort: String, CaseIterable, JSONReadable {
    case oldestFirst = "TIMESTAMP_ASC"
    case newestFirst = "TIMESTAMP_DESC"

    var order: LogOrder { self == .oldestFirst ? .oldestFirst : .newestFirst }
}

extension LogFilter {
    init(_ reader: JSONReader) throws(JSONReadingError) {
        self.init()
        runIDs = try reader.optional("flow_run_id")?.optional("any_")
        let task = try reader.optional("task_run_id")
        taskRunIDs = try task?.optional("any_")
        hasTaskRun = try task?.optional("is_null_", as: Bool.self).map { !$0 }
        let level = try reader.optional("level")
        lowestLevel = try level?.optional("ge_")
        highestLevel = try level?.optional("le_")
        let time = try reader.optional("timestamp")
        earliest = try time?.optional("after_")
        latest = try time?.optional("before_")
        text = try reader.optional("text")?.optional("query", as: String.self).map { LogTextSearch($0) }
    }
}

extension Orchestrator {
    /// Log lines of any runs.
    public func logs(_ request: LogRequest) async throws -> [LogRecord] {
        try await logs.read(request.filter, order: request.order, limit: request.limit, offset: request.offset)
    }
}

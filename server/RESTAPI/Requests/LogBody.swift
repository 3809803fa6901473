import Domain
import JSON

/// A log line as clients send it: without an id.
struct LogBody: JSONReadable, Sendable {
    private let name: String
    private let level: Int
    private let message: String
    private let timestamp: Timestamp
    private let runID: ID<FlowRun>?
    private let taskRunID: ID<TaskRun>?

    init(reading reader: JSONReader) throws(JSONReadingError) {
        name = try reader.required("name")
        level = try reader.required("level")
        message = try reader.required("message")
        timestamp = try reader.required("timestamp")
        runID = try reader.optional("flow_run_id")
        taskRunID = try reader.optional("task_run_id")
    }

    func record(_ id: ID<LogRecord>) -> LogRecord {
        LogRecord(
            id: id, name: name, level: level, message: message, timestamp: timestamp, runID: runID,
            taskRunID: taskRunID?.description)
    }
}

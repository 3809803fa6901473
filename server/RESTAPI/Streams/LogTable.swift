import Domain
import HTTPTypes
import Hummingbird
import NIOCore
import Orchestration

/// A run's log as a table in CSV (RFC 4180), written while it is read.
struct LogTable: Sendable {
    /// How many lines are read at once.
    private static let page = 2000

    let orchestrator: Orchestrator
    let run: DescribedRun

    func response(for call: Call) -> Response {
        let id = run.run.id
        let body = ResponseBody { [orchestrator] writer in
            try await writer.write(ByteBuffer(string: "timestamp,level,flow_run_id,task_run_id,message\r\n"))
            var cursor: String?
            repeat {
                let page = try await orchestrator.logPage(of: id, after: cursor, limit: Self.page)
                try await writer.write(ByteBuffer(string: page.records.map(Self.row).joined()))
                cursor = page.next
            } while cursor != nil
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "text/csv; charset=utf-8", .contentDisposition: disposition],
            body: body)
    }

    /// For old clients a name, for others that of the run (RFC 6266).
    private var disposition: String {
        "attachment; filename=\"flow-run-logs.csv\"; filename*=UTF-8''\(Self.encoded("\(run.run.name)-logs.csv"))"
    }

    /// Percent-encoded but for the unreserved characters (RFC 3986 §2.3).
    private static func encoded(_ text: String) -> String {
        text.utf8.reduce(into: "") { encoded, byte in
            let character = Character(UnicodeScalar(byte))
            if character.isASCII, character.isLetter || character.isNumber || "-._~".contains(character) {
                encoded.append(character)
            } else {
                encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
    }

    private static func row(_ record: LogRecord) -> String {
        let fields = [
            time(record.timestamp), "\(record.level)", record.runID?.description ?? "", record.taskRunID ?? "",
            record.message,
        ]
        return fields.map(field).joined(separator: ",") + "\r\n"
    }

    /// As Python writes times: `2026-01-01 00:00:00.123456+00:00`.
    private static func time(_ time: Timestamp) -> String {
        let text = time.description.split(separator: "T", maxSplits: 1)
        return text.joined(separator: " ").replacing("Z", with: "+00:00")
    }

    private static func field(_ text: String) -> String {
        guard text.contains(where: { ",\"\r\n".contains($0) || $0 == "\r\n" }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}

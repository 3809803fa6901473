import HTTPClient
import JSON

extension APIError {
    init(_ error: HTTPClientError, url: String) {
        self =
            switch error {
            case .invalidURL(_, let reason): .invalidAddress(url, reason: reason)
            case .unreachable(_, let reason), .tls(_, let reason): .unreachable(url: url, reason: reason)
            case .timedOut(_, .connect): .unreachable(url: url, reason: "no connection within the time limit")
            case .timedOut: .interrupted(url: url, reason: "it was silent for too long")
            case .interrupted(_, let reason): .interrupted(url: url, reason: reason)
            case .bodyFailed(let error): .unsendable(reason: "\(error)")
            case .invalidHeader, .privateHost: .unsendable(reason: "\(error)")
            case .cancelled: .cancelled
            }
    }

    /// From an answer that is no success. The server puts its reasons in several shapes, which are Prefect's.
    init(status: Int, body: [UInt8], url: String) {
        guard let json = try? JSONValue(parsing: body) else {
            let text = String(decoding: body.prefix(200), as: UTF8.self)
            self =
                status == 404
                ? .unexpected(url: url, reason: "it answers 404 Not Found")
                : .refused(status: status, detail: text.isEmpty ? "the server answers with status \(status)" : text)
            return
        }
        let problems = json["exception_detail"]?.arrayValue?.map(Self.problem) ?? []
        let detail = json["detail"]?.stringValue ?? json["exception_message"]?.stringValue
        if problems.isEmpty {
            self = .refused(status: status, detail: detail ?? json["detail"]?.serialized() ?? json.serialized())
        } else {
            self = .refused(status: status, detail: problems.joined(separator: "\n"))
        }
    }

    /// `{type, loc, msg, input}` as a line.
    private static func problem(_ json: JSONValue) -> String {
        let place = (json["loc"]?.arrayValue ?? []).map { $0.stringValue ?? $0.serialized() }.filter { $0 != "body" }
        let message = json["msg"]?.stringValue ?? json.serialized()
        return place.isEmpty ? message : "\(place.joined(separator: ".")): \(message)"
    }
}

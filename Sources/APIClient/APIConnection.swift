import HTTPClient
import JSON

/// A Sluice server, by the address of its API.
///
/// Its calls are in extensions, a file for each kind of thing. All of them throw ``APIError``.
public struct APIConnection: Sendable {
    /// For instance `http://127.0.0.1:4200/api`, without a slash at the end.
    public let url: String
    let session: HTTPSession
    private let authorization: HTTPAuthorization?
    private let changeToken = ChangeToken()

    /// How long a server may think about a call before it counts as lost.
    private static let patience: Duration = .seconds(60)

    /// - Parameter authString: `USER:PASSWORD`, where the server wants to know who calls.
    public init(url: String, userAgent: String = "sluice", authString: String? = nil) {
        authorization = authString.map { text in
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return .basic(user: String(parts[0]), password: parts.count > 1 ? String(parts[1]) : "")
        }
        var trimmed = url[...]
        while trimmed.last == "/" { trimmed.removeLast() }
        self.url = String(trimmed)
        session = HTTPSession(userAgent: userAgent)
    }

    /// What a call was answered with.
    struct Answer {
        let status: Int
        let json: JSONValue
    }

    /// - Parameters:
    ///   - mayRepeat: whether acting twice does no harm, although the method says otherwise.
    ///   - idle: how long the server may think about it.
    func call(
        _ method: HTTPMethod, _ path: String, _ body: JSONValue? = nil, mayRepeat: Bool = false,
        idle: Duration? = patience
    ) async throws(APIError) -> Answer {
        var request = request(method, path, idle: idle)
        if let body {
            request.headers["Content-Type"] = "application/json"
            request.body = .bytes(body.serializedBytes())
        }
        if mayRepeat { request.isRepeatable = true }
        return try await send(request)
    }

    func request(_ method: HTTPMethod, _ path: String, idle: Duration? = patience) -> HTTPRequest {
        HTTPRequest(method, url + path, authorization: authorization, timeouts: HTTPTimeouts(idle: idle))
    }

    func send(_ request: HTTPRequest) async throws(APIError) -> Answer {
        do {
            return try await sendOnce(request)
        } catch {
            guard error.wantsChangeToken else { throw error }
            try await fetchChangeToken()
            return try await sendOnce(request)
        }
    }

    private func sendOnce(_ request: HTTPRequest) async throws(APIError) -> Answer {
        let response: HTTPResponse
        do {
            response = try await session.send(withChangeToken(request))
        } catch {
            throw APIError(error, url: url)
        }
        guard response.isSuccess else { throw APIError(status: response.status, body: response.body, url: url) }
        guard !response.body.isEmpty else { return Answer(status: response.status, json: .null) }
        do {
            return Answer(status: response.status, json: try JSONValue(parsing: response.body))
        } catch {
            throw .unexpected(url: url, reason: "\(error)")
        }
    }

    // MARK: Servers with CSRF protection

    /// Asks for the token that changes have to carry, if there is one: for a request that cannot be sent twice.
    func prepareForChange() async throws(APIError) {
        guard changeToken.text == nil else { return }
        do {
            try await fetchChangeToken()
        } catch .refused(let status, _) where status == 422 || status == 404 {
            // There is none: the server has no such protection, or has never heard of it.
        }
    }

    private func fetchChangeToken() async throws(APIError) {
        let answer = try await sendOnce(request(.get, "/csrf-token?client=\(changeToken.client)"))
        changeToken.text = answer.json["token"]?.stringValue
    }

    func withChangeToken(_ request: HTTPRequest) -> HTTPRequest {
        guard request.method != .get, let token = changeToken.text else { return request }
        var request = request
        request.headers["Prefect-Csrf-Token"] = token
        request.headers["Prefect-Csrf-Client"] = changeToken.client
        return request
    }

    /// Opens a stream of server-sent events.
    func events(_ path: String) async throws(APIError) -> EventStream {
        var request = request(.get, path)
        request.headers["Accept"] = "text/event-stream"
        do {
            let stream = try await session.stream(request)
            guard stream.head.isSuccess else {
                throw APIError(status: stream.status, body: try await stream.rest(), url: url)
            }
            return EventStream(lines: stream.lines.makeAsyncIterator(), url: url)
        } catch let error as HTTPClientError {
            throw APIError(error, url: url)
        } catch let error as APIError {
            throw error
        } catch {
            throw .unexpected(url: url, reason: "\(error)")
        }
    }

    // MARK: Reading answers

    func read<Record: JSONReadable>(
        _ json: JSONValue, as type: Record.Type = Record.self
    ) throws(APIError) -> Record {
        do {
            return try Record(reading: JSONReader(json))
        } catch {
            throw .unexpected(url: url, reason: "\(error)")
        }
    }

    func get<Record: JSONReadable>(_ path: String) async throws(APIError) -> Record {
        try read(await call(.get, path).json)
    }

    func post<Record: JSONReadable>(
        _ path: String, _ body: JSONValue, mayRepeat: Bool = false
    ) async throws(APIError) -> Record {
        try read(await call(.post, path, body, mayRepeat: mayRepeat).json)
    }

    /// All that a filter finds, page by page, up to a number.
    func all<Record: JSONReadable>(
        _ path: String, _ filter: JSONObject = [:], limit: Int = .max
    ) async throws(APIError) -> [Record] {
        let page = 200
        var found: [Record] = []
        while found.count < limit {
            var body = filter
            let wanted = min(page, limit - found.count)
            body["limit"] = JSONValue(wanted)
            body["offset"] = JSONValue(found.count)
            let records: [Record] = try await post(path, .object(body), mayRepeat: true)
            found += records
            if records.count < wanted { break }
        }
        return found
    }
}

extension String {
    /// As one component of a path, or as a value of a query (RFC 3986, 2.3).
    var percentEncoded: String {
        let hex = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            }
        }
        // A component of nothing but dots would be taken for a way up.
        let text = String(decoding: bytes, as: UTF8.self)
        return text == "." || text == ".." ? text.replacing(".", with: "%2E") : text
    }
}

import HTTPClient
public import JSON

/// Takes the rows of a batch, one after another.
public struct BatchRows: Sendable {
    fileprivate let writer: HTTPBodyWriter

    /// Appends a run; waits while enough is on its way.
    /// - Throws: `CancellationError` when the server does not want the rest.
    public func append(_ row: JSONObject) async throws(CancellationError) {
        var line: [UInt8] = []
        JSONValue.object(row).write(into: &line)
        line.append(UInt8(ascii: "\n"))
        try await writer.write(line)
    }
}

extension APIConnection {
    /// Queues many runs at once: all of them or none. They are sent while they are produced, with flat memory.
    ///
    /// - Parameter produce: appends the rows, `{"parameters": {…}, "name"?, "tags"?, "priority"?}`; what it throws cuts
    ///   the batch off, and is thrown as ``BatchProductionError``.
    public func submitBatch(
        flow: String, deployment: String, name: String?,
        _ produce: @escaping @Sendable (BatchRows) async throws -> Void
    ) async throws -> BatchResource {
        let title = name.map { "&name=\($0.percentEncoded)" } ?? ""
        // As long as the server takes to keep a million rows.
        var request = request(
            .post, "/batches?deployment=\(flow.percentEncoded)/\(deployment.percentEncoded)\(title)",
            idle: .seconds(600))
        request.headers["Content-Type"] = "application/x-ndjson"
        request.body = .stream { writer in try await produce(BatchRows(writer: writer)) }
        try await prepareForChange()
        let response: HTTPResponse
        do {
            response = try await session.send(withChangeToken(request))
        } catch .bodyFailed(let error) {
            throw BatchProductionError(cause: error)
        } catch {
            throw APIError(error, url: url)
        }
        guard response.isSuccess else { throw APIError(status: response.status, body: response.body, url: url) }
        do {
            return try BatchResource(reading: JSONReader(JSONValue(parsing: response.body)))
        } catch {
            throw APIError.unexpected(url: url, reason: "\(error)")
        }
    }

    /// Queues the runs of a deployment for times that have passed.
    public func backfill(deployment id: String, _ body: JSONObject) async throws(APIError) -> BackfillResource {
        try await post("/deployments/\(id.percentEncoded)/backfill", .object(body))
    }

    /// Follows a batch until no run of it is unfinished.
    public func follow(batch id: String) async throws(APIError) -> BatchStream {
        BatchStream(events: try await events("/batches/\(id.percentEncoded)/follow"))
    }

    /// Cancels every run of a batch that has not ended.
    ///
    /// - Returns: how many those were.
    public func cancel(batch id: String, reason: String?) async throws(APIError) -> Int {
        var body = JSONObject()
        body["reason"] = reason.map { .string($0) }
        return try await call(.post, "/batches/\(id.percentEncoded)/cancel", .object(body), idle: .seconds(600)).json[
            "cancelled"]?.intValue
            ?? 0
    }

    /// Lets nothing more of a batch start, or lets it go on.
    public func setPaused(batch id: String, _ isPaused: Bool) async throws(APIError) -> BatchResource {
        try await post("/batches/\(id.percentEncoded)/\(isPaused ? "pause" : "resume")", [:], mayRepeat: true)
    }

    /// Executes the runs of a batch again that failed or crashed.
    ///
    /// - Returns: how many those were.
    public func retry(batch id: String, reason: String?) async throws(APIError) -> Int {
        var body = JSONObject()
        body["reason"] = reason.map { .string($0) }
        // As long as the server takes for a million of them.
        let answer = try await call(.post, "/batches/\(id.percentEncoded)/retry", .object(body), idle: .seconds(600))
        return answer.json["retried"]?.intValue ?? 0
    }

    /// Batches, the newest first.
    public func batches(_ filter: JSONObject, limit: Int) async throws(APIError) -> [BatchResource] {
        try await all("/batches/filter", filter, limit: limit)
    }

    /// The batch that an id, an unambiguous beginning of one, or a name stands for.
    public func findBatch(_ text: String) async throws(APIError) -> BatchResource {
        try await get("/batches/find/\(text.percentEncoded)")
    }

    /// A batch by its id.
    public func batch(_ id: String) async throws(APIError) -> BatchResource {
        try await get("/batches/\(id.percentEncoded)")
    }
}

/// The rows of a batch could not be produced, so nothing was queued.
public struct BatchProductionError: Error {
    public let cause: any Error
}

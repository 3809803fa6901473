import HTTPClient
public import JSON

extension APIConnection {
    /// Queues a run of a deployment.
    ///
    /// - Parameter body: the fields of Prefect's `create_flow_run`, and Sluice's `priority`.
    /// - Returns: the run, and whether it was made: a repeated idempotency key answers with the first one.
    public func createRun(
        ofDeployment id: String, _ body: JSONObject
    ) async throws(APIError) -> (run: RunResource, isNew: Bool) {
        let isRepeatable = body["idempotency_key"] != nil
        let answer = try await call(
            .post, "/deployments/\(id.percentEncoded)/create_flow_run", .object(body), mayRepeat: isRepeatable)
        return (try read(answer.json), answer.status == 201)
    }

    /// Runs, the newest first. Pages after the first are asked for by key, so that none costs more than another.
    ///
    /// - Parameter filter: the body of Prefect's `flow_runs/filter`.
    public func runs(_ filter: JSONObject, limit: Int) async throws(APIError) -> [RunResource] {
        let page = 200
        var filter = filter
        var found: [RunResource] = []
        var firstOfPage: String?
        while found.count < limit {
            let wanted = min(page, limit - found.count)
            let runs: [RunResource] = try await all("/flow_runs/filter", filter, limit: wanted)
            // A server that does not know the key (Prefect's own) would give the first page for ever.
            if let first = runs.first, first.id == firstOfPage { break }
            firstOfPage = runs.first?.id
            found += runs
            guard runs.count == page, let last = runs.last else { break }
            var own = filter["flow_runs"]?.objectValue ?? [:]
            own["id"] = ["before_": .string(last.id)]
            filter["flow_runs"] = .object(own)
        }
        return found
    }

    /// How many runs a filter finds.
    public func countRuns(_ filter: JSONObject) async throws(APIError) -> Int {
        try await post("/flow_runs/count", .object(filter), mayRepeat: true)
    }

    /// The run that an id, an unambiguous beginning of one, or a name stands for.
    public func findRun(_ text: String) async throws(APIError) -> RunResource {
        try await get("/flow_runs/find/\(text.percentEncoded)")
    }

    /// The states that a run has been in, the oldest first.
    public func states(ofRun id: String) async throws(APIError) -> [StateResource] {
        try await get("/flow_run_states/?flow_run_id=\(id.percentEncoded)")
    }

    /// The attempts at executing a run, the first one first.
    public func attempts(ofRun id: String) async throws(APIError) -> [AttemptResource] {
        try await get("/flow_runs/\(id.percentEncoded)/attempts")
    }

    /// Why a run is where it is, and what would help.
    public func explain(run id: String) async throws(APIError) -> ExplanationResource {
        try await get("/flow_runs/\(id.percentEncoded)/explain")
    }

    /// Asks for a run's end.
    ///
    /// - Returns: the state that it is in now: cancelled, or being cancelled.
    public func cancel(run id: String, reason: String?) async throws(APIError) -> StateResource {
        var body = JSONObject()
        body["reason"] = reason.map { .string($0) }
        let answer = try await call(.post, "/flow_runs/\(id.percentEncoded)/cancel", .object(body))
        return try read(answer.json["state"] ?? .null)
    }

    /// Executes a run again that has ended.
    ///
    /// - Returns: the state that it is in now.
    public func retry(run id: String, reason: String?) async throws(APIError) -> StateResource {
        var body = JSONObject()
        body["reason"] = reason.map { .string($0) }
        let answer = try await call(.post, "/flow_runs/\(id.percentEncoded)/retry", .object(body))
        return try read(answer.json["state"] ?? .null)
    }

    /// Follows a run: its state, then all of its log, then what comes until it ends.
    ///
    /// - Parameter cursor: where an earlier stream broke off.
    public func follow(run id: String, after cursor: String?) async throws(APIError) -> RunStream {
        let after = cursor.map { "&after=\($0.percentEncoded)" } ?? ""
        let events = try await events("/flow_runs/\(id.percentEncoded)/follow?logs=true\(after)")
        return RunStream(events: events, cursor: cursor)
    }

    /// Hands over a run's log a page at a time, in the order in which its lines arrived.
    ///
    /// - Parameter level: the least that is wanted.
    public func logs(
        ofRun id: String, level: Int = 0, each page: ([LogResource]) throws -> Void
    ) async throws {
        var cursor: String?
        repeat {
            let after = cursor.map { "?after=\($0.percentEncoded)" } ?? ""
            let answer: LogPage = try await get("/flow_runs/\(id.percentEncoded)/logs\(after)")
            let lines = answer.lines.filter { $0.level >= level }
            if !lines.isEmpty { try page(lines) }
            cursor = answer.next
        } while cursor != nil
    }
}

/// A part of a log, and what the next part is asked for by.
private struct LogPage: JSONReadable {
    let lines: [LogResource]
    let next: String?

    init(reading reader: JSONReader) throws(JSONReadingError) {
        lines = try reader.required("logs")
        next = try reader.optional("next")
    }
}

import HTTPClient
public import JSON

extension APIConnection {
    /// What the server says of itself.
    public func server() async throws(APIError) -> ServerResource { try await get("/sluice") }

    /// Whether it is ready for work.
    public func isReady() async -> Bool {
        (try? await call(.get, "/ready")) != nil
    }

    /// All agents that the server knows, online or not.
    public func agents() async throws(APIError) -> [AgentResource] { try await all("/agents/filter") }

    /// Has an agent take no more runs, and end when those that it executes have ended.
    public func drain(agent id: String, reason: String?) async throws(APIError) -> AgentResource {
        var body = JSONObject()
        body["reason"] = reason.map { .string($0) }
        return try await post("/agents/\(id.percentEncoded)/drain", .object(body))
    }

    /// Forgets an agent that is gone.
    public func delete(agent id: String) async throws(APIError) {
        _ = try await call(.delete, "/agents/\(id.percentEncoded)")
    }

    /// All work pools.
    public func pools() async throws(APIError) -> [PoolResource] { try await all("/work_pools/filter") }

    /// A work pool by its name.
    public func pool(_ name: String) async throws(APIError) -> PoolResource {
        try await get("/work_pools/\(name.percentEncoded)")
    }

    /// - Parameter body: `name`, `type`, `description`, `concurrency_limit`.
    public func createPool(_ body: JSONObject) async throws(APIError) -> PoolResource {
        try await post("/work_pools/", .object(body))
    }

    /// Changes the fields of a work pool that are given, such as `is_paused`.
    public func change(pool name: String, _ body: JSONObject) async throws(APIError) {
        _ = try await call(.patch, "/work_pools/\(name.percentEncoded)", .object(body), mayRepeat: true)
    }

    /// Forgets a work pool and its queues.
    public func delete(pool name: String) async throws(APIError) {
        _ = try await call(.delete, "/work_pools/\(name.percentEncoded)")
    }

    /// - Parameter body: `name`, `description`, `concurrency_limit`, `priority`.
    public func createQueue(ofPool pool: String, _ body: JSONObject) async throws(APIError) -> QueueResource {
        try await post("/work_pools/\(pool.percentEncoded)/queues", .object(body))
    }

    /// Forgets a queue.
    public func delete(queue name: String, ofPool pool: String) async throws(APIError) {
        _ = try await call(.delete, "/work_pools/\(pool.percentEncoded)/queues/\(name.percentEncoded)")
    }

    /// The queues of all pools.
    public func queues() async throws(APIError) -> [QueueResource] { try await all("/work_queues/filter") }

    /// A queue by its name and that of its pool.
    public func queue(_ name: String, ofPool pool: String) async throws(APIError) -> QueueResource {
        try await get("/work_pools/\(pool.percentEncoded)/queues/\(name.percentEncoded)")
    }

    /// Changes the fields of a queue that are given, such as `is_paused`.
    public func change(queue name: String, ofPool pool: String, _ body: JSONObject) async throws(APIError) {
        let path = "/work_pools/\(pool.percentEncoded)/queues/\(name.percentEncoded)"
        _ = try await call(.patch, path, .object(body), mayRepeat: true)
    }
}

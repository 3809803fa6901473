public import Domain
import HTTPClient
public import JSON

extension APIConnection {
    /// A deployment by its names.
    public func deployment(flow: String, name: String) async throws(APIError) -> DeploymentResource {
        try await get("/deployments/name/\(flow.percentEncoded)/\(name.percentEncoded)")
    }

    /// All of them that a filter finds, by name.
    public func deployments(_ filter: JSONObject = [:]) async throws(APIError) -> [DeploymentResource] {
        try await all("/deployments/filter", filter.merging(["sort": "NAME_ASC"]))
    }

    /// The runs of a deployment by what can be said of them in a filter of runs.
    public func countRuns(ofDeployment id: String, inStates types: [StateType]) async throws(APIError) -> Int {
        let states: JSONValue = ["type": ["any_": .array(types.map { .string($0.rawValue) })]]
        return try await countRuns(["flow_runs": ["deployment_id": ["any_": [.string(id)]], "state": states]])
    }

    /// Changes the fields of a deployment that are given, such as `paused`.
    public func change(deployment id: String, _ body: JSONObject) async throws(APIError) {
        _ = try await call(.patch, "/deployments/\(id.percentEncoded)", .object(body), mayRepeat: true)
    }

    /// Forgets a deployment.
    public func delete(deployment id: String) async throws(APIError) {
        _ = try await call(.delete, "/deployments/\(id.percentEncoded)")
    }

    /// What a deployment was, the newest first.
    public func versions(ofDeployment id: String) async throws(APIError) -> [VersionResource] {
        var found: [VersionResource] = []
        while true {
            let before = found.last.map { "?before=\($0.number)" } ?? ""
            let page: [VersionResource] = try await get("/deployments/\(id.percentEncoded)/versions\(before)")
            found += page
            guard let last = page.last, last.number > 1 else { return found }
        }
    }

    /// What a deployment and its runs have not kept of what is expected of them, the newest first.
    public func breaches(ofDeployment id: String, limit: Int) async throws(APIError) -> [BreachResource] {
        try await get("/deployments/\(id.percentEncoded)/sla_breaches?limit=\(limit)")
    }

    /// Makes a deployment what an earlier version of it says.
    ///
    /// - Parameter version: nothing for the one before the present one.
    public func rollBack(deployment id: String, to version: Int?) async throws(APIError) -> DeploymentResource {
        var body = JSONObject()
        body["version"] = version.map { JSONValue($0) }
        return try await post("/deployments/\(id.percentEncoded)/rollback", .object(body))
    }

    // MARK: Flows

    /// All flows, by name.
    public func flows() async throws(APIError) -> [FlowResource] {
        try await all("/flows/filter", ["sort": "NAME_ASC"])
    }

    /// A flow by its name.
    public func flow(_ name: String) async throws(APIError) -> FlowResource {
        try await get("/flows/name/\(name.percentEncoded)")
    }

    /// Forgets a flow.
    public func delete(flow id: String) async throws(APIError) {
        _ = try await call(.delete, "/flows/\(id.percentEncoded)")
    }

    /// Makes a flow, unless it is there.
    ///
    /// - Returns: its id.
    public func createFlow(_ name: String) async throws(APIError) -> String {
        let answer = try await call(.post, "/flows/", ["name": .string(name)], mayRepeat: true)
        guard let id = answer.json["id"]?.stringValue else {
            throw .unexpected(url: url, reason: "a flow without an id")
        }
        return id
    }

    /// Makes a deployment, or changes it into what is wanted.
    ///
    /// - Returns: the deployment, and whether it was made.
    public func deploy(_ body: JSONObject) async throws(APIError) -> (deployment: DeploymentResource, isNew: Bool) {
        let answer = try await call(.post, "/deployments/", .object(body), mayRepeat: true)
        return (try read(answer.json), answer.status == 201)
    }

    // MARK: Bundles

    /// Whether the server has the bundle of that digest, 64 lower-case hexadecimal digits.
    public func hasBundle(_ digest: String) async throws(APIError) -> Bool {
        do {
            _ = try await call(.head, "/bundles/\(digest.percentEncoded)")
            return true
        } catch {
            // An answer to HEAD has no body that would say who it is that knows nothing.
            switch error {
            case .refused(status: 404, _), .unexpected: return false
            default: throw error
            }
        }
    }

    /// Uploads a bundle; what the server has already is not stored twice.
    public func upload(bundle digest: String, _ bytes: [UInt8]) async throws(APIError) {
        var request = request(.put, "/bundles/\(digest.percentEncoded)")
        request.headers["Content-Type"] = "application/octet-stream"
        request.body = .bytes(bytes)
        _ = try await send(request)
    }
}

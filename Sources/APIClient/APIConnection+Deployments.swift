import HTTPClient
public import JSON

extension APIConnection {
    /// A deployment by its names.
    public func deployment(flow: String, name: String) async throws(APIError) -> DeploymentResource {
        try await get("/deployments/name/\(flow.percentEncoded)/\(name.percentEncoded)")
    }

    /// All of them, by name.
    public func deployments() async throws(APIError) -> [DeploymentResource] {
        try await all("/deployments/filter", ["sort": "NAME_ASC"])
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

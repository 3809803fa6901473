public import Domain
import HTTPClient
public import JSON

/// A door for somebody else's server.
public struct HookResource: APIResource {
    public let json: JSONValue
    public let id: String
    public let name: String
    public let description: String
    /// Whether anything is taken.
    public let isEnabled: Bool
    /// How deliveries are signed: `github`, `none`.
    public let scheme: String
    /// A template.
    public let eventName: String
    /// A template.
    public let eventResource: String?
    public let deploymentID: String?
    public let parameters: JSONObject
    public let created: Timestamp?
    /// What was made up for it; shown when that is done, and never again.
    public let secret: String?

    /// - Throws: `JSONReadingError`.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        json = reader.value
        id = try reader.required("id").string
        name = try reader.required("name").string
        description = try reader.text("description") ?? ""
        isEnabled = try reader.optional("enabled")?.bool ?? true
        scheme = try reader.required("signature").text("scheme") ?? ""
        let event = try reader.required("event")
        eventName = try event.text("name") ?? ""
        eventResource = try event.text("resource")
        deploymentID = try reader.text("deployment_id")
        parameters = try reader.optional("parameters") ?? [:]
        created = try reader.time("created")
        secret = try reader.text("secret")
    }
}

extension APIConnection {
    /// All hooks, by name.
    public func hooks() async throws(APIError) -> [HookResource] { try await all("/webhooks/filter") }

    /// - Parameter replaces: whether one of that name is there, and becomes this.
    public func keep(hook name: String, _ body: JSONObject, replaces: Bool) async throws(APIError) -> HookResource {
        guard replaces else { return try await post("/webhooks", .object(body)) }
        return try read(await call(.put, "/webhooks/\(name.percentEncoded)", .object(body), mayRepeat: true).json)
    }

    /// Says whether anything is taken.
    public func setEnabled(_ isEnabled: Bool, hook name: String) async throws(APIError) -> HookResource {
        let path = "/webhooks/\(name.percentEncoded)"
        return try read(await call(.patch, path, ["enabled": .bool(isEnabled)], mayRepeat: true).json)
    }

    /// Forgets a hook.
    public func delete(hook name: String) async throws(APIError) {
        _ = try await call(.delete, "/webhooks/\(name.percentEncoded)")
    }

    /// What a hook would make of a delivery: the event and the parameters.
    ///
    /// - Parameter delivery: `body`, `headers`, `query`.
    public func rehearse(hook name: String, _ delivery: JSONObject) async throws(APIError) -> JSONValue {
        try await call(.post, "/webhooks/\(name.percentEncoded)/rehearse", .object(delivery), mayRepeat: true).json
    }
}

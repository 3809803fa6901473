import Domain
import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import Orchestration

/// Doors for somebody else's servers. Prefect's server has none.
struct HooksController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .post("/webhooks", create)
                .does("Make a hook", takes: .hookCreate, .created(.madeHook), .notFound),
            .post("/webhooks/filter", filter)
                .does("List hooks", takes: .hookListRequest, .ok(.list(of: .hook))),
            .get("/webhooks/{name}", read)
                .does("Read a hook", .ok(.hook)),
            .put("/webhooks/{name}", replace)
                .does("Make a hook something else", takes: .hookCreate, .ok(.madeHook)),
            .patch("/webhooks/{name}", update)
                .does("Pause or resume a hook", takes: .hookUpdate, .ok(.hook)),
            .delete("/webhooks/{name}", delete)
                .does("Delete a hook", .noContent),
            .post("/webhooks/{name}/rehearse", rehearse)
                .does("See what a hook would make of a delivery", takes: .hookRehearsal, .ok(.hookReading)),
            .post("\(HookDoor.path)/{name}", receive)
                .does(
                    "Deliver something to a hook; it is signed, and needs no other credentials",
                    takes: Operation.Content(
                        schema: Schema([:]),
                        mediaTypes: ["application/json", "application/x-www-form-urlencoded", "text/plain"],
                        isRequired: false),
                    .accepted(.hookReceipt), .ok(.hookGreeting), .json(.unauthorized, .error)),
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        .json(try await orchestrator.createHook(try await call.body()).view, .created)
    }

    private func filter(_ call: Call) async throws -> Response {
        .json(.list(try await orchestrator.hooks(try await call.body()), \.json))
    }

    private func read(_ call: Call) async throws -> Response {
        .json(try await orchestrator.hook(named: try call.name("name")).json)
    }

    private func replace(_ call: Call) async throws -> Response {
        .json(try await orchestrator.replaceHook(named: try call.name("name"), with: try await call.body()).view)
    }

    private func update(_ call: Call) async throws -> Response {
        let body: HookSwitch = try await call.body()
        return .json(try await orchestrator.setEnabled(body.isEnabled, hook: try call.name("name")).json)
    }

    private func delete(_ call: Call) async throws -> Response {
        try await orchestrator.deleteHook(named: try call.name("name"))
        return .noContent
    }

    private func rehearse(_ call: Call) async throws -> Response {
        let body: HookRehearsal = try await call.body()
        return .json(try await orchestrator.rehearse(body.delivery, at: try call.name("name")).json)
    }

    private func receive(_ call: Call) async throws -> Response {
        let name = try call.name("name")
        switch try await orchestrator.receive(try await call.hookDelivery(), at: name) {
        case .taken(let receipt, let isNew): return .json(receipt.view(isNew: isNew), .accepted)
        case .greeting(let text): return .json(["challenge": .string(text)])
        case .refused(let reason):
            throw Problem(.unauthorized, "the delivery to the hook \"\(name)\" is refused: \(reason)")
        }
    }
}

/// Where deliveries come to: who sends them has no credentials for the API, but signs.
enum HookDoor {
    static let path = "/hooks"

    static func isOne(_ request: Request) -> Bool {
        request.method == .post && request.uri.path.hasPrefix("/api\(path)/")
    }
}

extension Call {
    /// The whole request as a delivery to a hook.
    fileprivate func hookDelivery() async throws(Problem) -> HookDelivery {
        let bytes: ByteBuffer
        do {
            bytes = try await request.body.collect(upTo: Hook.largestBody)
        } catch is NIOTooManyBytesError {
            throw Problem(.contentTooLarge, "a hook takes \(Hook.largestBody >> 10) KiB, and the body is larger")
        } catch {
            throw .cutOff(error)
        }
        var headers: [String: String] = [:]
        for field in request.headers {
            headers[field.name.canonicalName] = headers[field.name.canonicalName] ?? field.value
        }
        var query: [String: String] = [:]
        for (key, value) in request.uri.queryParameters { query[String(key)] = String(value) }
        return HookDelivery(body: Array(bytes.readableBytesView), headers: headers, query: query)
    }
}

/// What of a hook is changed without its being replaced.
private struct HookSwitch: JSONReadable, Sendable {
    let isEnabled: Bool

    init(reading reader: JSONReader) throws(JSONReadingError) { isEnabled = try reader.required("enabled") }
}

/// A delivery that is made up.
private struct HookRehearsal: JSONReadable, Sendable {
    let delivery: HookDelivery

    init(reading reader: JSONReader) throws(JSONReadingError) {
        let headers: [String: String] = try reader.optional("headers") ?? [:]
        let lower = Dictionary(
            headers.map { ($0.key.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first })
        let body = try reader.optional("body")?.value
        delivery = HookDelivery(
            body: body.map { $0.stringValue.map { Array($0.utf8) } ?? $0.serializedBytes() } ?? [],
            headers: lower, query: try reader.optional("query") ?? [:])
    }
}

extension MadeHook {
    fileprivate var view: JSONValue {
        .object((hook.json.objectValue ?? [:]).merging(["secret": secret.json]))
    }
}

extension HookReceipt {
    fileprivate func view(isNew: Bool) -> JSONValue {
        ["event_id": event.json, "flow_run_id": run.json, "is_new": .bool(isNew)]
    }
}

import HTTPClient
import JSON
import TestSupport
import Testing

/// Clients that submit runs and batches and set states, all at once, until the server does not answer any more.
struct SubmittingClients {
    private static let clients = 6

    let api: String
    let deployment: String
    /// Begins all names, so that what was stored in one round is told from what was stored in others.
    let prefix: String
    let ledger = Ledger()
    private let session = HTTPSession()

    /// - Parameter deployment: the deployment's id.
    init(api: String, deployment: String, prefix: String) {
        self.api = api
        self.deployment = deployment
        self.prefix = prefix
    }

    /// Submits until the server is gone.
    func run(seed: Int) async {
        await withTaskGroup(of: Void.self) { group in
            for client in 0..<Self.clients {
                group.addTask {
                    var chance = SeededGenerator(seed: UInt64(seed * 31 + client))
                    for number in 0... {
                        let name = "\(prefix)\(client)-\(number)."
                        switch Int.random(in: 0..<10, using: &chance) {
                        case 0..<6: guard await submit(name) != nil else { return }
                        case 6..<8:
                            let size = Int.random(in: 1...60, using: &chance)
                            guard await submitBatch("\(name)b", size) else { return }
                        default:
                            guard let id = await submit(name), await setState(of: name, id) else { return }
                        }
                    }
                }
            }
        }
    }

    /// Submits again what may or may not have been stored: it must be stored once then.
    func repeatUnanswered() async throws {
        for (name, id) in ledger.all.runs where id == nil { _ = try #require(await submit(name)) }
    }

    /// - Returns: its id once it is acknowledged.
    private func submit(_ name: String) async -> String? {
        ledger.note { $0.runs[name] = .some($0.runs[name] ?? nil) }
        let body: JSONValue = ["name": .string(name), "idempotency_key": .string(name)]
        let answer = await post("/deployments/\(deployment)/create_flow_run", body.serialized())
        guard let id = answer?["id"]?.stringValue else { return nil }
        ledger.note { $0.runs[name] = id }
        return id
    }

    private func submitBatch(_ name: String, _ size: Int) async -> Bool {
        ledger.note { $0.batches[name] = (size, false) }
        let lines = (0..<size).map { "{\"name\": \"\(name)-\($0)\"}\n" }.joined()
        let answer = await post(
            "/batches?deployment_id=\(deployment)&name=\(name)", lines, type: "application/x-ndjson")
        guard answer != nil else { return false }
        ledger.note { $0.batches[name] = (size, true) }
        return true
    }

    private func setState(of name: String, _ id: String) async -> Bool {
        let message = "\(name.dropLast())-1."
        ledger.note { $0.states[name] = (message, false) }
        let body: JSONValue = ["state": ["type": "CANCELLED", "message": .string(message)]]
        guard let answer = await post("/flow_runs/\(id)/set_state", body.serialized()) else { return false }
        guard answer["status"]?.stringValue == "ACCEPT" else { return true }
        ledger.note { $0.states[name] = (message, true) }
        return true
    }

    /// All runs of this prefix that the server knows.
    func stored() async throws -> [StoredRun] {
        var stored: [StoredRun] = []
        while true {
            let body: JSONValue = [
                "flow_runs": ["name": ["like_": .string(prefix)]], "limit": 200, "offset": JSONValue(stored.count),
                "sort": "ID_DESC",
            ]
            let answer = try await session.send(request("/flow_runs/filter", body.serialized()))
            try #require(answer.status == 200, "\(answer.text)")
            let page = try #require(try JSONValue(parsing: answer.text).arrayValue)
            for run in page {
                stored.append(
                    StoredRun(
                        id: try #require(run["id"]?.stringValue), name: try #require(run["name"]?.stringValue),
                        message: run["state"]?["message"]?.stringValue))
            }
            if page.count < 200 { return stored }
        }
    }

    private func post(_ path: String, _ body: String, type: String = "application/json") async -> JSONValue? {
        guard let answer = try? await session.send(request(path, body, type)), answer.isSuccess else { return nil }
        return try? JSONValue(parsing: answer.text)
    }

    private func request(_ path: String, _ body: String, _ type: String = "application/json") -> HTTPRequest {
        HTTPRequest(.post, api + path, headers: ["Content-Type": type], body: .bytes(Array(body.utf8)))
    }
}

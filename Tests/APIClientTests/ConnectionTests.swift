import Domain
import JSON
import Synchronization
import TestSupport
import Testing

@testable import APIClient

@Suite struct ConnectionTests {
    private static let run = #"{"id": "r1", "name": "otter", "state": {"type": "RUNNING"}, "parameters": {"a": 1.10}}"#

    @Test func `What an answer holds is kept as it came`() async throws {
        let server = try CannedServer { _ in CannedAnswer(200, Self.run) }
        let run = try await APIConnection(url: server.url).findRun("r1")
        #expect(run.id == "r1" && run.state?.type == .running && run.state?.name == "Running")
        #expect(run.json["parameters"]?["a"]?.description == "1.10")
    }

    @Test func `Slashes at the end of the address, and names with anything in them, do no harm`() async throws {
        let server = try CannedServer { _ in CannedAnswer(200, #"{"id": "d", "name": "b"}"#) }
        _ = try await APIConnection(url: server.url + "//").deployment(flow: "a b/c?d#e%", name: "ü..")
        #expect(server.requests.map(\.path) == ["/api/deployments/name/a%20b%2Fc%3Fd%23e%25/%C3%BC.."])
        #expect("..".percentEncoded == "%2E%2E")
    }

    @Test(arguments: [
        (404, #"{"detail": "no such run"}"#, "no such run"),
        (409, #"{"detail": "Error creating flow run: a"}"#, "Error creating flow run: a"),
        (500, #"{"exception_message": "Internal Server Error"}"#, "Internal Server Error"),
        (
            422,
            #"{"exception_message": "Invalid request received.", "exception_detail": [{"type": "int_type", "loc": ["body", "limit"], "msg": "Input should be a valid integer"}, {"loc": ["body"], "msg": "x"}]}"#,
            "limit: Input should be a valid integer\nx"
        ),
        (502, "Bad Gateway", "Bad Gateway"), (503, "", "the server answers with status 503"),
        (400, #"{"detail": ["a"]}"#, #"["a"]"#),
    ])
    func `A refusal gives the server's reason`(status: Int, body: String, detail: String) async throws {
        let server = try CannedServer { _ in CannedAnswer(status, body) }
        await #expect(throws: APIError.refused(status: status, detail: detail)) {
            try await APIConnection(url: server.url).findRun("x")
        }
    }

    @Test func `What is no Sluice server is told from one that refuses`() async throws {
        let pages = try CannedServer { _ in CannedAnswer(404, "<html>", type: "text/html") }
        await #expect(throws: APIError.unexpected(url: pages.url, reason: "it answers 404 Not Found")) {
            try await APIConnection(url: pages.url).findRun("x")
        }
        let other = try CannedServer { _ in CannedAnswer(200, #"{"hello": 1}"#) }
        await #expect(throws: APIError.unexpected(url: other.url, reason: "id: Field required")) {
            try await APIConnection(url: other.url).findRun("x")
        }
    }

    @Test func `Nobody there, and no address`() async throws {
        let closed = try ClosedPort()
        let address = "http://127.0.0.1:\(closed.port)/api"
        await #expect { try await APIConnection(url: address).findRun("x") } throws: { error in
            guard case APIError.unreachable(let url, _) = error else { return false }
            return url == address
        }
        await #expect { try await APIConnection(url: "nonsense").findRun("x") } throws: { error in
            if case APIError.invalidAddress("nonsense", _) = error { true } else { false }
        }
    }

    @Test(arguments: [0, 1, 199, 200, 201, 450])
    func `Lists are read page by page until one is short`(count: Int) async throws {
        let server = try CannedServer { request in
            guard let body = try? JSONValue(parsing: request.body), let limit = body["limit"]?.intValue,
                let offset = body["offset"]?.intValue
            else { return CannedAnswer(422) }
            let last = body["flow_runs"]?["id"]?["before_"]?.stringValue.flatMap { Int($0) }
            let ids = (0..<count).dropFirst(last.map { $0 + 1 } ?? offset).prefix(limit)
            return CannedAnswer(200, "[" + ids.map { #"{"id": "\#($0)"}"# }.joined(separator: ",") + "]")
        }
        let connection = APIConnection(url: server.url)
        #expect(try await connection.runs([:], limit: .max).map(\.id) == (0..<count).map { String($0) })
        #expect(try await connection.runs([:], limit: 7).count == min(7, count))
        #expect(server.requests.allSatisfy { $0.headers["content-type"] == "application/json" })
    }

    @Test func `A server that knows no pages by key is not asked for ever`() async throws {
        let page = "[" + (0..<200).map { #"{"id": "\#($0)"}"# }.joined(separator: ",") + "]"
        let server = try CannedServer { _ in CannedAnswer(200, page) }
        #expect(try await APIConnection(url: server.url).runs([:], limit: .max).count == 200)
    }

    @Test func `Whether a run is new is what the status says`() async throws {
        let server = try CannedServer { request in CannedAnswer(request.body.contains("again") ? 200 : 201, Self.run) }
        let connection = APIConnection(url: server.url)
        #expect(try await connection.createRun(ofDeployment: "d", [:]).isNew)
        #expect(try await !connection.createRun(ofDeployment: "d", ["idempotency_key": "again"]).isNew)
    }

    @Test func `A bundle is there, or not, or nobody knows`() async throws {
        let status = Mutex(200)
        let server = try CannedServer { _ in CannedAnswer(status.withLock { $0 }) }
        let connection = APIConnection(url: server.url)
        #expect(try await connection.hasBundle("ab"))
        status.withLock { $0 = 404 }
        #expect(try await !connection.hasBundle("ab"))
        status.withLock { $0 = 500 }
        await #expect(throws: APIError.self) { try await connection.hasBundle("ab") }
    }
}

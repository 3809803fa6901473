import JSON
import TestSupport
import Testing

@testable import APIClient

@Suite struct BatchTests {
    private struct Broken: Error {}

    @Test func `Rows are sent as they are produced`() async throws {
        let server = try CannedServer { _ in CannedAnswer(201, #"{"id": "b", "size": 50000}"#) }
        let batch = try await APIConnection(url: server.url).submitBatch(
            flow: "a b", deployment: "c", name: "n&m"
        ) { rows in
            for number in 0..<50_000 { try await rows.append(["parameters": ["n": JSONValue(number)]]) }
        }
        #expect(batch.size == 50_000)
        // A body that is sent once only is preceded by the question whether the server wants a token with it.
        #expect(server.requests.map(\.path.isQuestion) == [true, false])
        let request = try #require(server.requests.last)
        #expect(request.path == "/api/batches?deployment=a%20b/c&name=n%26m")
        #expect(request.headers["content-type"] == "application/x-ndjson")
        let lines = request.body.split(separator: "\n")
        #expect(lines.count == 50_000 && lines.last == #"{"parameters":{"n":49999}}"#)
    }

    @Test func `Rows that cannot be produced cut the batch off`() async throws {
        let server = try CannedServer { _ in CannedAnswer(201, #"{"id": "b", "size": 1}"#) }
        do {
            _ = try await APIConnection(url: server.url).submitBatch(flow: "a", deployment: "b", name: nil) { rows in
                try await rows.append([:])
                throw Broken()
            }
            #expect(Bool(false))
        } catch let error as BatchProductionError {
            #expect(error.cause is Broken)
        }
        #expect(server.requests.allSatisfy { $0.path.isQuestion || !$0.bodyIsWhole })
    }

    @Test func `A refused batch says which line`() async throws {
        let server = try CannedServer { _ in CannedAnswer(422, #"{"detail": "line 2 of the batch is not valid"}"#) }
        await #expect(throws: APIError.refused(status: 422, detail: "line 2 of the batch is not valid")) {
            try await APIConnection(url: server.url).submitBatch(flow: "a", deployment: "b", name: nil) { rows in
                try await rows.append([:])
            }
        }
    }
}

extension String {
    fileprivate var isQuestion: Bool { hasPrefix("/api/csrf-token?") }
}

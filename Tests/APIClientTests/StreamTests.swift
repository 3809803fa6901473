import Domain
import JSON
import TestSupport
import Testing

@testable import APIClient

@Suite struct StreamTests {
    @Test func `A run is followed to its end`() async throws {
        let server = try CannedServer { _ in
            .events(
                """
                id: 1
                event: state
                data: {"type": "RUNNING", "name": "Running"}

                : still here

                id: 2
                event: log
                data: [{"message": "a", "timestamp": "2026-11-21T01:58:33Z"}, {"message": "b", "level": 40}]

                event: novelty
                data: ?

                id: 3
                event: end
                data: {"type": "FAILED"}


                """)
        }
        var stream = try await APIConnection(url: server.url).follow(run: "r/1", after: "5 6")
        #expect(server.requests.map(\.path) == ["/api/flow_runs/r%2F1/follow?logs=true&after=5%206"])
        guard case .state(let state) = try await stream.next() else { return #expect(Bool(false)) }
        #expect(state.name == "Running" && stream.cursor == "1")
        guard case .logs(let lines) = try await stream.next() else { return #expect(Bool(false)) }
        #expect(lines.map(\.message) == ["a", "b"] && lines[1].level == 40 && stream.cursor == "2")
        guard case .end(let last) = try await stream.next() else { return #expect(Bool(false)) }
        #expect(last.type == .failed && stream.cursor == "3")
    }

    @Test(arguments: [true, false])
    func `A stream without an end has broken off`(isCutOff: Bool) async throws {
        let server = try CannedServer { _ in
            .events("event: state\ndata: {\"type\": \"RUNNING\"}\n\n", isCutOff: isCutOff)
        }
        var stream = try await APIConnection(url: server.url).follow(run: "r", after: nil)
        _ = try await stream.next()
        do {
            _ = try await stream.next()
            #expect(Bool(false))
        } catch {
            #expect(error.isDisconnection)
        }
    }

    @Test func `A refused stream says why`() async throws {
        let server = try CannedServer { _ in CannedAnswer(404, #"{"detail": "no such run"}"#) }
        await #expect(throws: APIError.refused(status: 404, detail: "no such run")) {
            _ = try await APIConnection(url: server.url).follow(run: "r", after: nil)
        }
    }

    @Test func `An event that makes no sense is no end of the program`() async throws {
        let server = try CannedServer { _ in .events("event: end\ndata: {\"type\": \"UPSIDE_DOWN\"}\n\n") }
        var stream = try await APIConnection(url: server.url).follow(run: "r", after: nil)
        do {
            _ = try await stream.next()
            #expect(Bool(false))
        } catch {
            guard case .unexpected = error else { return #expect(Bool(false), "\(error)") }
        }
    }

    @Test func `A batch is followed until nothing is unfinished`() async throws {
        let server = try CannedServer { _ in
            .events(
                """
                event: progress
                data: {"size": 3, "runs": {"SCHEDULED": 2, "RUNNING": 1}}

                event: end
                data: {"size": 3, "runs": {"COMPLETED": 2, "CRASHED": 1}}


                """)
        }
        var stream = try await APIConnection(url: server.url).follow(batch: "b")
        let first = try await stream.next()
        #expect(first.progress.runs == [.scheduled: 2, .running: 1] && !first.isLast)
        let last = try await stream.next()
        #expect(last.progress.endedCount == 3 && last.isLast)
    }
}

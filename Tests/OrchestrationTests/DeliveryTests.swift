import Domain
import Glibc
import JSON
import Storage
import StorageSQLite
import Synchronization
import TestSupport
import Testing

@testable import Orchestration

/// Messages that do not get through at once, and those that never do.
@Suite struct DeliveryTests {
    /// Answers each message with the next of its answers, and the last of them for ever.
    final class Moody: Messenger {
        private let answers: Mutex<[Result<OutwardAnswer, any Error>]>
        let sent = Mutex<[OutwardMessage]>([])

        init(_ answers: Result<OutwardAnswer, any Error>...) { self.answers = Mutex(answers) }

        func send(_ message: OutwardMessage) async throws -> OutwardAnswer {
            sent.withLock { $0.append(message) }
            return try answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }.get()
        }

        func send(_ mail: OutwardMail) async throws { _ = try answers.withLock { $0.removeFirst() }.get() }

        var count: Int { sent.withLock(\.count) }
    }

    private func stage() async throws -> Stage {
        let stage = try await Stage()
        let block = try await stage.block("webhook", ["url": "http://user:pw@hooks.example/secret-path"])
        try await stage.automate(["expect": ["x"]], [["type": "call-webhook", "block_document_id": block.json]])
        try await stage.orchestrator.take([stage.event("x")])
        return stage
    }

    @Test func whatFailsForAMomentIsSentAgain() async throws {
        let stage = try await stage()
        let box = Moody(
            .failure(Silence.Nobody()), .success(OutwardAnswer(status: 503)),
            .success(OutwardAnswer(status: 429, headers: [("Retry-After", "100")])),
            .success(OutwardAnswer(status: 200)))
        let runner = stage.runner(.outward, box)
        var waits: [Duration] = []
        for attempt in 1...4 {
            _ = try await runner.tick(at: stage.clock.time)
            #expect(box.count == attempt)
            guard let delivery = try await stage.deliveries().first else { continue }
            #expect(delivery.state == .waiting && delivery.tries == attempt && delivery.lastTried == stage.clock.time)
            let wait = delivery.due - stage.clock.time
            waits.append(wait)
            stage.clock.advance(by: wait - .microseconds(1))
            let next = try await runner.tick(at: stage.clock.time)
            #expect(box.count == attempt && next <= .seconds(1), "not before its time")
            stage.clock.advance(by: .microseconds(1))
        }
        #expect(waits.count == 3 && (4...6).contains(waits[0].inSeconds) && (12...18).contains(waits[1].inSeconds))
        #expect(waits[2] == .seconds(100), "who asks to be left alone is")
        #expect(try await stage.deliveries().isEmpty)
        #expect(Set(box.sent.withLock { $0.map { $0.headers.last?.value } }).count == 1, "one Idempotency-Key")
        #expect(try await stage.events("prefect.automation.action.executed").count == 1)
        #expect(try await stage.events("prefect.automation.action.failed").isEmpty)
    }

    @Test func whatNeverGetsThroughIsKeptAndCanBeSentAgain() async throws {
        let stage = try await stage()
        let box = Moody(.success(OutwardAnswer(status: 500)))
        let runner = stage.runner(.outward, box)
        while let delivery = try await stage.deliveries().first, delivery.state == .waiting {
            stage.clock.advance(by: max(delivery.due - stage.clock.time, .zero))
            _ = try await runner.tick(at: stage.clock.time)
        }
        let tries = DeliveryPolicy.standard.retries.limit + 1
        #expect(box.count == tries)
        let dead = try #require(try await stage.deliveries().first)
        #expect(dead.tries == tries && dead.reason == "Webhook call failed: the service answered 500")
        let told = try #require(try await stage.events("prefect.automation.action.failed").first)
        #expect(told.payload["tries"] == tries.json && told.payload["status_code"] == 500)
        let again = try await stage.orchestrator.retryDelivery(dead.id)
        #expect(again.state == .waiting && again.tries == 0)
        _ = try await stage.runner(.outward, Moody(.success(OutwardAnswer(status: 204)))).tick(at: stage.clock.time)
        #expect(try await stage.deliveries().isEmpty)
        #expect(try await stage.events("prefect.automation.action.executed").count == 1)
        await #expect(throws: OrchestrationError.self) { try await stage.orchestrator.retryDelivery(dead.id) }
    }

    @Test func whatIsRefusedIsNotRepeated() async throws {
        for answer in [
            Result<OutwardAnswer, any Error>.success(OutwardAnswer(status: 404)),
            .failure(UnsendableMessage("http://user:pw@hooks.example/secret-path is nowhere")),
        ] {
            let stage = try await stage()
            let box = Moody(answer)
            _ = try await stage.runner(.outward, box).tick(at: stage.clock.time)
            let dead = try #require(try await stage.deliveries().first)
            #expect(dead.state == .dead && box.count == 1)
            let reason = try #require(dead.reason)
            #expect(!reason.contains("secret-path") && !reason.contains("pw"), "\(reason)")
            try await stage.orchestrator.dropDelivery(dead.id)
            #expect(try await stage.deliveries().isEmpty)
        }
    }

    /// What is on its way, and what is dead, is on disk: another server on the same data goes on.
    @Test func aRestartLosesNone() async throws {
        let folder = try TemporaryDatabase()
        let database = try SQLiteDatabase(path: folder.path, schema: .main)
        let first = try await Stage(database: database)
        let block = try await first.block("webhook", ["url": "http://a"])
        let action: JSONValue = ["type": "call-webhook", "block_document_id": block.json]
        try await first.automate(["expect": ["x"]], [action, action])
        try await first.orchestrator.take([first.event("x")])
        let answers = Moody(.success(OutwardAnswer(status: 503)), .success(OutwardAnswer(status: 410)))
        _ = try await first.runner(.outward, answers).tick(at: first.clock.time)
        let before = try await first.deliveries()
        #expect(Set(before.map(\.state)) == [.waiting, .dead])
        try await database.close()
        let second = try await Stage(database: try SQLiteDatabase(path: folder.path, schema: .main))
        #expect(try await second.deliveries() == before)
    }

    @Test func theOldestOfTooManyAreDropped() async throws {
        let stage = try await stage()
        _ = try await stage.runner(.outward, Moody(.success(OutwardAnswer(status: 400)))).tick(at: stage.clock.time)
        let dead = try #require(try await stage.deliveries().first)
        try await stage.orchestrator.database.write { try $0.dropDeadDeliveries(keeping: 1) }
        #expect(try await stage.deliveries().map(\.id) == [dead.id])
        #expect(try await stage.orchestrator.database.read { try $0.hasDeadDeliveries(moreThan: 0) })
        try await stage.orchestrator.database.write { try $0.dropDeadDeliveries(keeping: 0) }
        #expect(try await stage.deliveries().isEmpty)
    }
}

/// The action that gives a variable a value.
@Suite struct VariableActionTests {
    @Test func aVariableIsSetAndTyped() async throws {
        let stage = try await Stage()
        let automation = try await stage.automate(
            ["expect": ["x"]],
            [
                [
                    "type": "set-variable", "name": "last_{{ event.resource.id | replace('.', '-') }}",
                    "value": ["n": "{{ event.payload.n }}", "text": "n is {{ event.payload.n }}"], "tags": ["auto"],
                ]
            ])
        #expect(automation.actions[0].json["name"]?.stringValue?.hasPrefix("last_") == true)
        for number in [1, 2, 2] {
            var event = stage.event("x")
            event.payload = ["n": number.json]
            try await stage.orchestrator.take([event])
            _ = try await stage.runner().tick(at: stage.clock.time)
            let variable = try await stage.orchestrator.variable(named: "last_lab-1")
            #expect(variable.value == ["n": number.json, "text": .string("n is \(number)")])
            #expect(variable.tags == ["auto"])
        }
        #expect(try await stage.events("prefect.variable.created").count == 1)
        #expect(try await stage.events("prefect.variable.updated").count == 1, "no change is told of the third")
    }

    @Test(arguments: [("Not A Name", "x"), ("", "x"), ("big", String(repeating: "x", count: 5000))])
    func whatCannotBeAVariableIsTold(_ name: String, _ value: String) async throws {
        let stage = try await Stage()
        try await stage.automate(
            ["expect": ["x"]], [["type": "set-variable", "name": .string(name), "value": .string(value)]])
        try await stage.orchestrator.take([stage.event("x")])
        _ = try await stage.runner().tick(at: stage.clock.time)
        let told = try #require(try await stage.events("prefect.automation.action.failed").first)
        #expect(told.payload["reason"]?.stringValue?.contains("'set-variable' was refused") == true)
    }
}

/// A file for a database, in a folder of its own.
private struct TemporaryDatabase: ~Copyable {
    let folder: String
    var path: String { "\(folder)/main.db" }

    init() throws {
        var template = Array("/tmp/sluice-delivery-XXXXXX".utf8CString)
        folder = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    deinit {
        for suffix in ["", "-wal", "-shm", ".lock"] { unlink(path + suffix) }
        rmdir(folder)
    }
}

extension Stage {
    /// All messages on their way, and all dead ones, the newest first.
    func deliveries() async throws -> [Delivery] {
        try await orchestrator.deliveries(
            FilteredRequest<DeliveryFilters, DeliveryOrder>(reading: JSONReader([:])))
    }
}

import Domain
import JSON
import Orchestration
import Storage
import TestSupport
import Testing

/// What is refused, and what becomes of parameters, before anything is queued.
@Suite struct SubmissionTests {
    private let schema: JSONValue = [
        "type": "object", "required": ["month"], "additionalProperties": false,
        "properties": [
            "month": ["type": "integer", "minimum": 1, "maximum": 12],
            "carrier": ["type": "string", "default": "AA"],
        ],
    ]

    private func stageWithSchema() async throws -> (Stage, Deployment) {
        let stage = try await Stage()
        let deployment = try await stage.deploy { request in
            request.parameterSchema = schema
            request.execution = ExecutionSpec(
                command: .arguments(["etl", "{{ parameters.month }}", "{{ parameters.carrier }}"]))
        }
        return (stage, deployment)
    }

    @Test func parametersAreTheRunsOverTheDeploymentsOverTheSchemas() async throws {
        let (stage, deployment) = try await stageWithSchema()
        _ = try await stage.welcomeAgent()
        try await stage.submit(deployment) { $0.parameters = ["month": 3] }
        #expect(try await stage.claim().first?.arguments == ["etl", "3", "AA"])
    }

    @Test func aBadValueIsRefusedWithItsPathAndReason() async throws {
        let (stage, deployment) = try await stageWithSchema()
        for parameters: JSONObject in [["month": 13], ["month": "x"], [:], ["month": 1, "moth": 2]] {
            let error = await #expect(throws: OrchestrationError.self) {
                try await stage.submit(deployment) { $0.parameters = parameters }
            }
            guard case .invalidParameters(let violations) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(!violations.isEmpty)
        }
        #expect(try await stage.orchestrator.tally().isEmpty, "nothing was queued")
    }

    @Test func aKeyMakesARunOnce() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deploy()
        var request = RunRequest()
        request.idempotencyKey = "k"
        let first = try await stage.orchestrator.submit(request, to: deployment.id)
        let second = try await stage.orchestrator.submit(request, to: deployment.id)
        #expect(first.isNew && !second.isNew && first.run.run.id == second.run.run.id)
    }

    @Test func aDeploymentThatCannotRunIsRefused() async throws {
        let stage = try await Stage()
        await #expect(throws: OrchestrationError.self, "an unknown parameter in the command") {
            try await stage.deploy { request in
                request.parameterSchema = schema
                request.execution = ExecutionSpec(command: .arguments(["{{ parameters.moth }}"]))
            }
        }
        await #expect(throws: OrchestrationError.self, "a pool that does not exist") {
            try await stage.deploy { $0.poolName = "nowhere" }
        }
        await #expect(throws: OrchestrationError.self, "a bundle that was not uploaded") {
            try await stage.deploy { request in
                request.execution?.bundle = BundleReference(digest: String(repeating: "a", count: 64), size: 1)
            }
        }
        await #expect(throws: OrchestrationError.self, "defaults that break the schema") {
            try await stage.deploy { request in
                request.parameterSchema = schema
                request.parameters = ["month": 99]
            }
        }
    }

    @Test func aBatchIsVisibleAllAtOnceOrNotAtAll() async throws {
        let (stage, deployment) = try await stageWithSchema()
        _ = try await stage.welcomeAgent()
        let good = (1...1200).map { number in
            var request = RunRequest()
            request.parameters = ["month": .integer(Int64(number % 12 + 1))]
            return BatchLine(number: number, request: request)
        }
        var bad = good
        bad[699].request.parameters = ["month": 0]
        let error = await #expect(throws: OrchestrationError.self) {
            try await stage.orchestrator.submitBatch(Lines(bad), to: deployment.id)
        }
        #expect(error?.description.contains("line 700") == true)
        #expect(try await stage.claim().isEmpty)
        #expect(try await stage.orchestrator.tally().isEmpty)

        let orchestrator = stage.orchestrator
        let watched = Lines(good) { number in
            guard number == 1100 else { return }
            let (granted, visible) = (try await stage.claim(), try await orchestrator.count(in: .run, .always))
            #expect(granted.isEmpty && visible == 0, "nothing is granted or seen before the last line has come")
        }
        let batch = try await orchestrator.submitBatch(watched, to: deployment.id)
        #expect(batch.size == 1200)
        #expect(try await orchestrator.batch(batch.id).runs == [.scheduled: 1200])
        #expect(try await stage.claim(50).count == 50)
        #expect(try await orchestrator.cancelBatch(batch.id, reason: "enough") == 1200)
        #expect(try await orchestrator.batch(batch.id).runs == [.cancelled: 1150, .cancelling: 50])
    }

    @Test func whatIsLeftOfACutOffBatchIsDiscarded() async throws {
        let stage = try await Stage()
        let deployment = try await stage.deploy()
        let lines = (1...3).map { BatchLine(number: $0, request: RunRequest()) }
        _ = try await stage.orchestrator.submitBatch(Lines(lines), to: deployment.id)
        try await stage.orchestrator.discardUnfinishedBatches()
        #expect(try await stage.orchestrator.count(in: .run, .always) == 3, "what is complete stays")
    }
}

/// The lines of a batch, with something that happens before each of them is given.
struct Lines: AsyncSequence, Sendable {
    typealias Element = BatchLine
    let lines: [BatchLine]
    let before: @Sendable (Int) async throws -> Void

    init(_ lines: [BatchLine], before: @escaping @Sendable (Int) async throws -> Void = { _ in }) {
        self.lines = lines
        self.before = before
    }

    func makeAsyncIterator() -> Iterator { Iterator(rest: lines[...], before: before) }

    struct Iterator: AsyncIteratorProtocol {
        var rest: ArraySlice<BatchLine>
        let before: @Sendable (Int) async throws -> Void

        mutating func next() async throws -> BatchLine? {
            guard let line = rest.popFirst() else { return nil }
            try await before(line.number)
            return line
        }
    }
}

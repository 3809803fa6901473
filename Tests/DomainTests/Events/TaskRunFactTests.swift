import Domain
import JSON
import TestSupport
import Testing

/// What the 3.x client tells of its task runs arrives in any order, and more than once.
@Suite struct TaskRunFactTests {
    private static let task = "01a1fbd3-a2f9-7e42-8fcc-1eb884336ebc"
    private static let run = "8bd7b373-b704-4444-a677-4b94affaf5da"
    private static let begin = Timestamp(microseconds: 1_767_225_600_000_000)

    private static func event(_ second: Int, _ type: String, _ name: String, _ more: JSONObject) -> Event {
        var generator = SeededGenerator(seed: UInt64(second))
        let time = begin + .seconds(second)
        let told: JSONObject = [
            "name": "square-1", "task_key": "square", "dynamic_key": "d1", "expected_start_time": begin.json,
        ]
        return Event(
            id: ID(at: time, from: &generator), occurred: time, received: time + .seconds(60),
            name: "prefect.task-run.\(name)",
            resource: EventResource(labels: [
                "prefect.resource.id": .string("prefect.task-run.\(task)"), "prefect.orchestration": "client",
            ]),
            related: [
                EventResource(labels: [
                    "prefect.resource.id": .string("prefect.flow-run.\(run)"), "prefect.resource.role": "flow-run",
                ])
            ],
            payload: [
                "validated_state": ["type": .string(type), "name": .string(name), "state_details": [:]],
                "task_run": .object(told.merging(more)),
            ])
    }

    private static let life = [
        event(0, "PENDING", "Pending", ["run_count": 0]),
        event(1, "RUNNING", "Running", ["run_count": 1, "start_time": (begin + .seconds(1)).json]),
        event(2, "SCHEDULED", "AwaitingRetry", ["run_count": 1, "start_time": (begin + .seconds(1)).json]),
        event(3, "RUNNING", "Retrying", ["run_count": 2, "start_time": (begin + .seconds(1)).json]),
        event(
            4, "COMPLETED", "Completed",
            [
                "run_count": 2, "start_time": (begin + .seconds(1)).json, "end_time": (begin + .seconds(4)).json,
                "total_run_time": 2.5,
            ]),
    ]

    private func record(_ events: [Event]) throws -> TaskRun? {
        var task: TaskRun?
        for event in events {
            let fact = try #require(TaskRunFact(event))
            task = try fact.recorded(over: task)
        }
        return task
    }

    @Test func theLastStateStandsInWhateverOrder() throws {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<300 {
            let events = (Self.life + Self.life.shuffled(using: &generator).prefix(3)).shuffled(using: &generator)
            let task = try #require(try record(events))
            #expect(task.state?.name == "Completed")
            #expect(task.runCount == 2)
            #expect(task.startTime == Self.begin + .seconds(1))
            #expect(task.endTime == Self.begin + .seconds(4))
            #expect(task.totalRunTime == .milliseconds(2500))
            #expect("\(task.id)" == Self.task)
            #expect(task.flowRunID.map { "\($0)" } == Self.run)
        }
    }

    @Test func theStateIsTheEvent() throws {
        let fact = try #require(TaskRunFact(Self.life[1]))
        #expect(fact.state.id == Self.life[1].id.cast())
        #expect(fact.state.timestamp == Self.life[1].occurred)
        #expect(fact.state.details.fields["task_run_id"] == .string(Self.task))
    }

    @Test func otherEventsTellOfNoTaskRun() {
        var other = Self.life[0]
        other.name = "prefect.flow-run.Running"
        #expect(TaskRunFact(other) == nil)
        var served = Self.life[0]
        served.resource = EventResource(labels: ["prefect.resource.id": .string("prefect.task-run.\(Self.task)")])
        #expect(TaskRunFact(served) == nil)
        var broken = Self.life[0]
        broken.payload = ["validated_state": ["type": "NONSENSE"], "task_run": ["task_key": "a", "dynamic_key": "b"]]
        #expect(TaskRunFact(broken) == nil)
        var wrong = Self.life[0]
        wrong.payload["task_run"] = ["task_key": "a", "dynamic_key": "b", "run_count": "many"]
        #expect(throws: JSONReadingError.self) { _ = try TaskRunFact(wrong)?.recorded(over: nil) }
    }
}

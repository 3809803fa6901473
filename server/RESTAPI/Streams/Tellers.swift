import Domain
import JSON
import Orchestration

/// Tells of a run: `state`, `log`, and at last `end`.
struct RunTeller: Teller {
    let run: ID<FlowRun>
    var follower: RunFollower

    mutating func tell(_ events: inout EventBuffer) async throws -> Telling {
        let news = try await follower.news()
        for (news, cursor) in news {
            switch news {
            case .entered(let state): events.add("state", state.view(of: run), id: cursor.description)
            case .logged(let lines): events.add("log", .list(lines, \.view), id: cursor.description)
            case .ended(let state):
                events.add("end", state.view(of: run), id: cursor.description)
                return .ends
            }
        }
        return follower.hasMore ? .goesOn : .waits
    }
}

/// Tells of a batch: `progress` when something has changed, and at last `end`.
struct BatchTeller: Teller {
    /// However fast runs end, nobody reads faster.
    private static let pause: Duration = .milliseconds(100)

    let orchestrator: Orchestrator
    let batch: ID<Batch>
    private var told: [StateType: Int]?

    init(orchestrator: Orchestrator, batch: ID<Batch>) {
        self.orchestrator = orchestrator
        self.batch = batch
    }

    mutating func tell(_ events: inout EventBuffer) async throws -> Telling {
        if told != nil { try await Task.sleep(for: Self.pause) }
        let described = try await orchestrator.describedBatch(batch)
        if described.runs != told { events.add("progress", described.progress) }
        told = described.runs
        guard described.isFinished else { return .waits }
        events.add("end", described.progress)
        return .ends
    }
}

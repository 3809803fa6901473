public import Domain
import JSON
import Storage

/// The steps of a flow run and what leads from one to another: task runs, and sub-flows in the place of the task runs
/// that stand for them.
public struct RunGraph: Sendable {
    /// A step.
    public struct Node: Sendable {
        public enum Kind: String, Sendable {
            case flowRun = "flow-run"
            case taskRun = "task-run"
        }

        public let kind: Kind
        /// Of the run or the task run.
        public let id: String
        public let taskRunID: ID<TaskRun>
        public let label: String
        public let state: StateType?
        public let start: Timestamp
        public let end: Timestamp?
        /// What its inputs come from, what takes its result, and what it is called in: by the ids of their nodes.
        public var parents: [String]
        public var children: [String]
        public var encapsulating: [String]
    }

    /// Something that the run or one of its tasks shows.
    public struct Exhibit: Sendable {
        public let artifact: Artifact
        /// Whether it is the latest of its key; one without key always is.
        public let isLatest: Bool
    }

    public let start: Timestamp
    public let end: Timestamp?
    public let nodes: [Node]
    public let states: [RunState]
    /// By the task runs; under nothing, those of the run itself.
    public let exhibits: [ID<TaskRun>?: [Exhibit]]
    public var roots: [String] { nodes.filter(\.parents.isEmpty).map(\.id) }
}

extension Orchestrator {
    /// How many nodes a graph has at most: as Prefect's server has it.
    private static let mostNodes = 10_000
    private static let mostArtifacts = 10_000

    /// The graph of a run.
    ///
    /// - Parameter since: only what ended after this time, or has not ended.
    /// - Throws: `OrchestrationError.notFound`; `.tooLarge` for a graph that nobody could look at.
    public func graph(of id: ID<FlowRun>, since: Timestamp?) async throws -> RunGraph {
        try await database.read { store in
            let run = try store.run(id).orNotFound("Flow run", id)
            let query = Query(
                .test("task_run.run_id = ?", [.id(id)]), order: "coalesce(start_time, expected_start), end_time, id",
                limit: Self.mostNodes + 1)
            let tasks = try store.taskRuns(query)
            guard tasks.count <= Self.mostNodes else {
                throw OrchestrationError.tooLarge(
                    "The graph of flow run \(id) has more than \(Self.mostNodes) nodes.")
            }
            let machine = run.machine
            let exhibits = try store.artifacts(of: id, limit: Self.mostArtifacts).map {
                RunGraph.Exhibit(artifact: $0.artifact, isLatest: $0.isLatest)
            }
            return RunGraph(
                start: machine.startTime ?? run.expectedStart, end: machine.endTime,
                nodes: try store.nodes(of: tasks, since: since), states: try store.history(of: id),
                exhibits: Dictionary(grouping: exhibits, by: \.artifact.taskRunID))
        }
    }
}

extension Store {
    fileprivate func nodes(of tasks: [TaskRun], since: Timestamp?) throws -> [RunGraph.Node] {
        let subflows = try subflows(of: tasks)
        let names = Dictionary(
            tasks.map { ("\($0.id)", subflows[$0.id].map { "\($0.run.id)" } ?? "\($0.id)") },
            uniquingKeysWith: { first, _ in first })
        var children: [String: [String]] = [:]
        for task in tasks {
            guard let own = names["\(task.id)"] else { continue }
            for parent in task.inputIDs(within: false).compactMap({ names[$0] }) {
                children[parent, default: []].append(own)
            }
        }
        return tasks.compactMap { task in
            let subflow = subflows[task.id]
            let id = names["\(task.id)"] ?? "\(task.id)"
            guard
                let start = subflow.map({ $0.run.machine.startTime ?? $0.run.expectedStart }) ?? task.startTime
                    ?? task.expectedStart
            else { return nil }
            let end = subflow.map { $0.run.machine.endTime } ?? task.endTime
            if let since, let end, end < since { return nil }
            return RunGraph.Node(
                kind: subflow == nil ? .taskRun : .flowRun, id: id, taskRunID: task.id,
                label: subflow.map { "\($0.flow) / \($0.run.name)" } ?? task.name,
                state: subflow?.run.state.type ?? task.state?.type, start: start, end: end,
                parents: task.inputIDs(within: false).compactMap { names[$0] }, children: children[id] ?? [],
                encapsulating: task.inputIDs(within: true).compactMap { names[$0] })
        }
    }

    private func subflows(of tasks: [TaskRun]) throws -> [ID<TaskRun>: (run: FlowRun, flow: String)] {
        var subflows: [ID<TaskRun>: (run: FlowRun, flow: String)] = [:]
        var rest = tasks[...]
        while !rest.isEmpty {
            let some = rest.prefix(500)
            rest = rest.dropFirst(500)
            let condition = Condition.isAny("run.parent_task_run_id", of: some.map { .id($0.id) })
            for run in try runs(Query(condition, order: "run.id", limit: 500)) {
                guard let task = run.parentTaskRunID else { continue }
                subflows[task] = (run, try flow(run.flowID)?.name ?? "")
            }
        }
        return subflows
    }
}

extension TaskRun {
    /// The task runs that its inputs come from, without repetitions; or those that it is called in.
    fileprivate func inputIDs(within: Bool) -> [String] {
        var seen: Set<String> = []
        return taskInputs.filter { ($0.key == "__parents__") == within }
            .flatMap { $0.value.arrayValue ?? [] }
            .filter { $0["input_type"] == "task_run" }
            .compactMap { $0["id"]?.stringValue }
            .filter { seen.insert($0).inserted }
    }
}

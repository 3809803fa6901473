public import Domain
import Storage

/// A span of time, and the runs that are expected to start in it.
public struct HistorySpan: Sendable {
    public let start: Timestamp
    public let end: Timestamp
    public let runs: [RunSpan]
}

extension Orchestrator {
    /// How many flow runs are expected when, by state: one span after the other, those without runs too.
    ///
    /// - Throws: `OrchestrationError.invalid` for spans of less than a second.
    public func history(_ request: HistoryRequest) async throws -> [HistorySpan] {
        try await history(of: .flowRuns, request.filters.onRuns, request)
    }

    /// The same of task runs.
    public func historyOfTaskRuns(_ request: HistoryRequest) async throws -> [HistorySpan] {
        try await history(of: .taskRuns, request.filters.onTaskRuns, request)
    }

    private func history(
        of runs: CountedRuns, _ condition: Condition, _ request: HistoryRequest
    ) async throws -> [HistorySpan] {
        guard request.span >= .seconds(1) else {
            throw OrchestrationError.invalid("History interval must not be less than 1 second.")
        }
        let now = now
        let found = try await database.read { store in
            try store.runSpans(
                of: runs, condition, from: request.start, each: request.span, count: request.count, at: now)
        }
        let spans = Dictionary(grouping: found, by: \.number)
        return (0..<request.count).map { number in
            let start = request.start + .microseconds(request.span.wholeMicroseconds * Int64(number))
            return HistorySpan(start: start, end: start + request.span, runs: spans[number] ?? [])
        }
    }

    /// How late runs are on average, in seconds; nothing if there are none.
    public func meanLateness(_ filters: RelatedFilters) async throws -> Double? {
        let now = now
        return try await database.read { try $0.meanLateness(filters.onRuns, at: now) }
    }

    /// Runs as a chart shows them.
    public func runMarks(_ request: RunMarksRequest) async throws -> [RunMark] {
        let now = now
        let query = Query(
            request.filters.onRuns, order: request.order.columns, limit: request.limit, offset: request.offset)
        return try await database.read { try $0.runMarks(query, at: now) }
    }

    /// Of each of these flows, the run that is due next.
    public func nextRuns(of flows: [ID<Flow>]) async throws -> [ID<Flow>: NextRun] {
        let runs = try await database.read { try $0.nextRuns(of: flows) }
        return Dictionary(runs.map { ($0.flowID, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// How many deployments each of these flows has; those without any are left out.
    public func deploymentCounts(of flows: [ID<Flow>]) async throws -> [ID<Flow>: Int] {
        try await database.read { try $0.deploymentCounts(of: flows) }
    }

    /// The queues that runs of a deployment wait in, if it has any.
    ///
    /// - Throws: `OrchestrationError.notFound`.
    public func queues(ofDeployment id: ID<Deployment>) async throws -> [DescribedQueue] {
        try await described { store, describer in
            let deployment = try store.deployment(id).orNotFound("Deployment", id)
            guard let queue = try deployment.queueID.flatMap({ try store.queue($0) }) else { return [] }
            return [try describer.describe(queue)]
        }
    }
}

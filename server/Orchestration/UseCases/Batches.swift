public import Domain
import Storage

extension Orchestrator {
    /// A batch and how far it has come.
    public func batch(_ id: ID<Batch>) async throws -> (batch: Batch, runs: [StateType: Int]) {
        try await database.read { store in
            (try store.batch(id).orNotFound("Batch", id), try store.tally(TallyScope.batch(id)))
        }
    }

    /// Lets nothing more of a batch start, or lets it go on. What executes is left alone.
    ///
    /// - Throws: `OrchestrationError.notFound`.
    public func setPaused(batch id: ID<Batch>, _ isPaused: Bool) async throws {
        try await change { change in
            _ = try change.store.batch(id).orNotFound("Batch", id)
            try change.store.setPaused(id, isPaused)
            if !isPaused { change.noteReady(try change.store.queues(of: id)) }
        }
    }

    /// Cancels what has not ended of a batch.
    ///
    /// - Returns: how many runs were cancelled or are being cancelled.
    public func cancelBatch(_ id: ID<Batch>, reason: String) async throws -> Int {
        _ = try await batch(id)
        let unfinished = Condition.test("batch_id = ? AND end_time IS NULL", [.id(id)])
        return try await sweep(unfinished) { change, head in
            guard !head.machine.state.type.isTerminal else { return false }
            try change.advance(head, by: .cancelRequested(reason: reason))
            return true
        }
    }

    /// Executes the runs of a batch again that failed or crashed: each of them once, whatever becomes of it meanwhile.
    ///
    /// - Returns: how many those were.
    public func retryBatch(_ id: ID<Batch>, reason: String) async throws -> Int {
        _ = try await batch(id)
        let failed = Condition.test("batch_id = ? AND state_type IN ('FAILED', 'CRASHED')", [.id(id)])
        return try await sweep(failed) { change, head in
            // One whose process has not ended yet, though it has said so, is left alone.
            guard [.failed, .crashed].contains(head.machine.state.type), head.machine.holder == nil else {
                return false
            }
            _ = try change.retry(head, reason: reason)
            return true
        }
    }
}

// MARK: - Many runs, some at a time

extension Orchestrator {
    /// How many runs are changed in one transaction: few enough that nobody else waits long.
    private static let chunk = 500

    /// Changes the runs that a condition holds for. They are looked for aside from the writer, in the order of their
    /// ids; so `body` has to look whether a run still is what it was found for, and to answer whether it changed it.
    ///
    /// - Returns: how many runs were changed.
    func sweep(
        _ condition: Condition, _ body: @escaping @Sendable (inout Change, RunHead) throws -> Bool
    ) async throws -> Int {
        var changed = 0
        var cursor: ID<FlowRun>?
        while true {
            let after = cursor
            let runs = try await database.read { try $0.runIDs(where: condition, after: after, limit: Self.chunk) }
            changed += try await change { change in
                var count = 0
                for run in runs {
                    guard let head = try change.store.head(run) else { continue }
                    if try body(&change, head) { count += 1 }
                }
                return count
            }
            guard let last = runs.last, runs.count == Self.chunk else { return changed }
            cursor = last
        }
    }

    /// Cancels the runs that wait and that `condition` holds for, then does something in the transaction that finds no
    /// more of them.
    func cancelWaiting(
        _ condition: Condition, reason: String, _ body: @escaping @Sendable (inout Change) throws -> Void
    ) async throws {
        let waiting = Condition.all([condition, .test("state_type = 'SCHEDULED' AND holder IS NULL", [])])
        _ = try await sweep(waiting) { change, head in try change.cancelWaiting(head, reason) }
        try await change { change in
            for run in try change.store.runIDs(where: waiting, limit: .max) {
                guard let head = try change.store.head(run) else { continue }
                _ = try change.cancelWaiting(head, reason)
            }
            try body(&change)
        }
    }
}

extension Change {
    fileprivate mutating func cancelWaiting(_ head: RunHead, _ reason: String) throws -> Bool {
        guard head.machine.isClaimable else { return false }
        try advance(head, by: .cancelRequested(reason: reason))
        return true
    }
}

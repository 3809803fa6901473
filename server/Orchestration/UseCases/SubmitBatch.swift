public import Domain
import Storage
import Synchronization

/// One run of a batch, and the line that it came from.
public struct BatchLine: Sendable {
    /// Counted from 1.
    public var number: Int
    public var request: RunRequest

    public init(number: Int, request: RunRequest) {
        self.number = number
        self.request = request
    }
}

extension Orchestrator {
    /// How many runs are stored in one transaction while a batch is submitted: few enough that nobody else waits long.
    private static let chunk = 500

    /// Queues many runs of one deployment: all of them become visible and ready at once, or none is kept.
    ///
    /// Memory stays flat however many lines there are.
    ///
    /// - Parameters:
    ///   - lines: each becomes a run. Nothing but parameters, name, tags, priority and dates may differ among them.
    ///   - maximumConcurrent: how many of them may execute at once; nothing for any number.
    /// - Throws: `OrchestrationError.invalidBatchLine` for the first line that is not valid, and what `lines` throws.
    public func submitBatch<Lines: AsyncSequence & Sendable>(
        _ lines: Lines, to id: ID<Deployment>, named name: String? = nil, maximumConcurrent: Int? = nil
    ) async throws -> Batch where Lines.Element == BatchLine {
        for abandoned in abandonedBatches.takeAll() { try await discardBatch(abandoned) }
        let known = try await database.read { [deployments] in try deployments.deployment(id, in: $0) }
        var batch = Batch(
            id: surroundings.newID(), name: name ?? RunNames.make(surroundings), deploymentID: id, size: 0,
            maximumConcurrent: maximumConcurrent, created: now)
        let begun = batch
        try await change { try $0.store.begin(begun) }
        do {
            let lanes: Set<Int>
            (batch.size, lanes) = try await store(lines, of: begun, known)
            let complete = batch
            try await change { change in
                let newest = try change.deployments.deployment(id, in: change.store).deployment
                guard newest.queueID == known.deployment.queueID else {
                    throw OrchestrationError.conflict(
                        "the deployment has another work queue since the submission began: submit the batch again")
                }
                try change.store.reveal(complete, queue: known.deployment.queueID, lanes: lanes)
                if let queue = known.deployment.queueID { change.noteReady([queue]) }
                try change.tellAutomations(of: complete.id)
            }
            return batch
        } catch {
            // Whatever went wrong, nobody has seen the batch, and nobody will.
            try? await discardBatch(batch.id)
            throw error
        }
    }

    private func store<Lines: AsyncSequence & Sendable>(
        _ lines: Lines, of batch: Batch, _ known: KnownDeployment
    ) async throws -> (size: Int, lanes: Set<Int>) where Lines.Element == BatchLine {
        var size = 0
        var lanes: Set<Int> = []
        var waiting: [BatchLine] = []
        for try await line in lines {
            waiting.append(line)
            guard waiting.count == Self.chunk else { continue }
            lanes.formUnion(try await store(waiting, of: batch, known))
            size += waiting.count
            waiting.removeAll(keepingCapacity: true)
        }
        lanes.formUnion(try await store(waiting, of: batch, known))
        size += waiting.count
        guard size > 0 else { throw OrchestrationError.invalid("the batch has no lines: there is nothing to run") }
        return (size, lanes)
    }

    /// - Returns: the lanes that the runs of these lines wait in.
    private func store(
        _ lines: [BatchLine], of batch: Batch, _ known: KnownDeployment
    ) async throws -> Set<Int> {
        let prepared = try lines.map { line in
            do {
                return (line, try known.parameters(for: line.request))
            } catch let error as OrchestrationError {
                throw OrchestrationError.invalidBatchLine(number: line.number, reason: error.description)
            }
        }
        return try await change { change in
            var lanes: [[String]: Int?] = [:]
            for (line, parameters) in prepared {
                let run = try change.makeRun(of: known, line.request, parameters, batch: batch.id)
                let lane =
                    try lanes[run.tags]
                    ?? change.lane(
                        of: known.deployment, queue: run.queueID, batch: batch.id, tags: run.tags, isOpen: false)
                lanes[run.tags] = .some(lane)
                try change.store.insert(run, lane: lane, isCounted: false, at: change.now)
                if let fire = line.request.fire { try change.store.insert(fire, of: run) }
            }
            return Set(lanes.values.compactMap(\.self))
        }
    }

    /// Removes what is left of batches whose submission was cut off. Called when a server starts.
    public func discardUnfinishedBatches() async throws {
        for batch in try await database.read({ try $0.hiddenBatches() }) { try await discardBatch(batch) }
    }

    private func discardBatch(_ id: ID<Batch>) async throws {
        do {
            while try await !change({ try $0.store.discard(id, limit: Self.chunk) }) {}
        } catch {
            abandonedBatches.add(id)
            throw error
        }
    }
}

extension Change {
    /// Tells that the runs of a batch are scheduled, which nobody could see before, if an automation waits for that.
    fileprivate mutating func tellAutomations(of batch: ID<Batch>) throws {
        let name = StateEventNames.prefix + StateName.standard(for: .scheduled)
        guard try !automations.leaves(interestedIn: name, in: store).isEmpty else { return }
        let runs = Condition.isIn(
            "run_state.run_id", "run.id", of: .run, where: .test("run.batch_id = ?", [.id(batch)]))
        let query = EventQuery(since: nil, until: nil, isAscending: true, limit: .max, states: runs)
        for entered in try store.occurrences(query) {
            note(RunChange(runID: entered.run, batchID: batch, state: entered.state))
        }
    }
}

/// Batches that were cut off and could not be discarded at once, for instance since the disk was full: the next batch's
/// submission, or the next start, discards them. Nobody sees them.
final class AbandonedBatches: Sendable {
    private let batches = Mutex<Set<ID<Batch>>>([])

    func add(_ id: ID<Batch>) { batches.withLock { _ = $0.insert(id) } }

    func takeAll() -> Set<ID<Batch>> {
        batches.withLock { batches in
            defer { batches = [] }
            return batches
        }
    }
}

import Domain
import Wire

extension AgentMachine {
    /// Puts together what the spool knows of an earlier agent's attempts and what the executor found of them.
    mutating func adopt(_ children: [RecoveredAttempt], spooled: [SpooledAttempt], at now: AgentTime) {
        let states = Dictionary(children.map { ($0.key, $0.state) }, uniquingKeysWith: { first, _ in first })
        for record in spooled { restore(record, state: states[record.key], at: now) }
        let recorded = Set(spooled.map(\.key))
        for child in children where !recorded.contains(child.key) {
            let record = SpooledAttempt(key: child.key, lease: timing.unknownLease, grace: .seconds(10))
            emit(.spool(.taken(record.key, lease: record.lease, grace: record.grace)))
            restore(record, state: child.state, at: now)
        }
    }

    private mutating func restore(
        _ record: SpooledAttempt, state: RecoveredChild.State?, at now: AgentTime
    ) {
        // When its lease really ends, its supervisor knows.
        var attempt = hold(
            record.key, lease: record.lease, grace: record.grace, phase: .starting, leaseEnd: now.elapsed)
        attempt.reports = record.reports
        attempt.nextSequence = record.nextSequence
        attempt.isEndReported = record.isEndReported
        attempts[record.key] = attempt
        if record.isEndReported { return restoreEnd(record.key, state, at: now) }
        switch state {
        case .running(let processID, let since):
            if record.isStartReported {
                attempts[record.key]?.phase = .running
            } else {
                noteStart(record.key, processID: processID, at: since, now)
            }
            emit(.followOutput(record.key))
        case .ended(let end): noteEnd(record.key, end)
        case nil: noteLoss(record.key, "the agent was restarted and found nothing of it", at: now)
        }
    }

    /// Its end is in the spool; what may be missing at the server is the rest of its output.
    private mutating func restoreEnd(_ key: AttemptKey, _ state: RecoveredChild.State?, at now: AgentTime) {
        guard case .ended(let end) = state else { return noteLoss(key, "", at: now) }
        attempts[key]?.phase = .ended(end)
        if end.outputEnd > 0 { return emit(.finishOutput(key)) }
        attempts[key]?.output = .taken
        finishIfDone(key)
    }
}

import Domain
import Wire

extension AgentMachine {
    /// Sends a heartbeat, or says hello anew when the server has been silent for too long.
    mutating func beat(at now: AgentTime) {
        guard case .welcomed(var current) = session else { return }
        guard current.unanswered.count < timing.silentHeartbeats else {
            log(.warning, "no answer to \(current.unanswered.count) heartbeats; saying hello again")
            return greet(at: now)
        }
        heartbeats += 1
        let keys = holding
        current.unanswered.append(SentHeartbeat(sequence: heartbeats, at: now.elapsed, keys: keys))
        current.noteSending(of: heartbeats, at: now.elapsed)
        current.nextHeartbeat = now.elapsed + current.heartbeatInterval
        // The free slots are said again, too: whatever was lost on the way, no slot stays unknown for long.
        if current.offered != 0 { current.offered = nil }
        session = .welcomed(current)
        let heartbeat = Heartbeat(sequence: heartbeats, holding: keys, spooledReports: unacknowledgedReports)
        send(.heartbeat(heartbeat))
    }

    /// The leases of a heartbeat are renewed, from the moment of its sending: what the server counts from is later.
    mutating func noteRenewal(_ sequence: UInt64, fenced: [AttemptKey], at now: AgentTime) {
        guard case .welcomed(var current) = session,
            let answered = current.unanswered.first(where: { $0.sequence == sequence })
        else { return }
        hellos = 0
        current.unanswered.removeAll { $0.sequence <= sequence }
        session = .welcomed(current)
        for key in fenced { fence(key) }
        renew(answered.keys, at: now) { $0.leaseEnd = max($0.leaseEnd, answered.at + $0.lease) }
    }

    /// The server goes away for a while, and has extended the leases. Nothing is said to it until it is back.
    mutating func intermit(lease: Duration, afterHeartbeat sequence: UInt64, at now: AgentTime) {
        guard case .welcomed(let current) = session else { return }
        let end = current.sending(of: sequence) + lease
        log(.info, "the server ends and is to come back; what executes may go on for \(DurationText.describe(lease))")
        renew(holding, at: now) { $0.leaseEnd = max($0.leaseEnd, end) }
        loseSession()
    }

    private mutating func renew(
        _ keys: [AttemptKey], at now: AgentTime, _ move: (inout HeldAttempt) -> Void
    ) {
        var renewed: [Duration: [AttemptKey]] = [:]
        for key in keys {
            guard var attempt = attempts[key], attempt.isHeld else { continue }
            move(&attempt)
            attempts[key] = attempt
            if attempt.hasChild { renewed[attempt.leaseEnd - now.elapsed, default: []].append(key) }
        }
        for (deadline, keys) in renewed.sorted(by: { $0.key < $1.key }) where deadline > .zero {
            emit(.renew(keys, deadline: deadline))
        }
    }

    /// Before a hello, whatever extension there was is over: the server that hears the hello will count on no more than
    /// an ordinary lease from then on. No lease gets longer by it.
    mutating func endExtensions(at now: AgentTime) {
        var limited: [Duration: [AttemptKey]] = [:]
        for attempt in ordered where attempt.isHeld {
            attempts[attempt.key]?.leaseEnd = min(attempt.leaseEnd, now.elapsed + attempt.lease)
            if attempt.hasChild { limited[attempt.lease, default: []].append(attempt.key) }
        }
        for (lease, keys) in limited.sorted(by: { $0.key < $1.key }) { emit(.limit(keys, deadline: lease)) }
    }

    /// The attempt is over for the server: its child is stopped, and nothing is said of it any more.
    mutating func fence(_ key: AttemptKey) {
        guard var attempt = attempts[key], !attempt.isFenced else { return }
        log(.warning, "attempt \(key) is over for the server; stopping it")
        emit(.spool(.finished(key)))
        attempt.isFenced = true
        attempt.reports = []
        attempt.sent = 0
        attempts[key] = attempt
        switch attempt.phase {
        case .preparing:
            emit(.cancelPreparation(key))
        case .starting, .running:
            emit(.stop(key, grace: attempt.grace))
            emit(.dropOutput(key))
        case .ended:
            emit(.dropOutput(key))
            forget(key)
        }
    }
}

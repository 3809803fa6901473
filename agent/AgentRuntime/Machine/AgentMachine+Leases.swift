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
        current.nextHeartbeat = now.elapsed + current.heartbeatInterval
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
        var renewed: [Duration: [AttemptKey]] = [:]
        for key in answered.keys {
            guard var attempt = attempts[key], attempt.isHeld else { continue }
            attempt.leaseFrom = max(attempt.leaseFrom, answered.at)
            attempts[key] = attempt
            if attempt.hasChild { renewed[attempt.leaseFrom + attempt.lease - now.elapsed, default: []].append(key) }
        }
        for (deadline, keys) in renewed.sorted(by: { $0.key < $1.key }) where deadline > .zero {
            emit(.renew(keys, deadline: deadline))
        }
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

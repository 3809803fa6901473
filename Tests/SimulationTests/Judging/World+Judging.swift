import Domain
import Storage
import StorageSQLite
import Wire
import ZeroMQ

@testable import AgentRuntime
@testable import Supervision

/// What must never be, besides what the database itself watches (`Watch`).
extension World {
    /// No run executes twice at once, provided that its agent or its supervisor can run within the margin.
    func judgeStart(of key: AttemptKey, _ host: Int) {
        if truth.started.contains(key) { find("attempt \(key) was started twice") }
        for (other, place) in truth.executing[key.run] ?? [:] {
            guard let child = hosts[place].supervisor.children[other] else { continue }
            let isLate = hosts[place].supervisor.isFrozen && child.leaseEnd < hosts[place].clock.elapsed
            if child.isExcused || isLate {
                note("run \(key.run) executes twice: host \(place) could not act")
                statistics.excused += 1
            } else {
                find(
                    "run \(key.run) executes twice at once: attempt \(other.attempt) on host \(place), "
                        + "attempt \(key.attempt) on host \(host)")
            }
        }
        truth.begin(key, on: host)
        note("attempt \(key) begins on host \(host)")
        let living = hosts[host].supervisor.children.values.count { $0.isAlive }
        let slots = plan.hosts[host].slots
        if living > slots + stopping(host) { find("\(living) programs on host \(host), which has \(slots) slots") }
    }

    /// Programs whose attempt is over for the server, and which are being stopped.
    private func stopping(_ host: Int) -> Int {
        hosts[host].supervisor.children.values.count { child in
            child.isAlive && (child.life.stop != nil || hosts[host].machine?.wantsOutput(of: child.key) != true)
        }
    }

    func noteAnswer(_ key: AttemptKey, _ sequence: Int, isFenced: Bool) {
        if isFenced {
            statistics.fenced += 1
        } else {
            truth.acknowledged[key] = max(truth.acknowledged[key] ?? 0, sequence)
        }
    }

    /// A client is told of the disk, of the end of the server, of its own mistake; of nothing else.
    func judgeFailure(of label: String, _ error: any Error) {
        switch error {
        case is ServerLife.Crashed: break
        case StorageError.unavailable, StorageError.conflict: break
        default: find("\(label) failed with \(error)")
        }
    }

    /// A canary: leases that end before their time.
    func ageLeases() async {
        guard chance(0.1) else { return }
        _ = try? await disk.main.transaction(.write) { try $0.run("UPDATE lease SET deadline = deadline - 20000000") }
    }

    // MARK: - The end

    /// Whether everything has come to its end: every run, every lease, and what the agents remember.
    func isQuiet() async -> Bool {
        guard clients.open == 0, server?.isUp == true else { return false }
        for host in hosts {
            guard let machine = host.machine, machine.holding.isEmpty, machine.occupied == 0, host.spool.isEmpty,
                host.supervisor.children.isEmpty
            else { return false }
        }
        return await count(Self.unfinished) == 0
    }

    private static let unfinished = """
        SELECT (SELECT count(*) FROM run WHERE end_time IS NULL) + (SELECT count(*) FROM lease)
        """

    private func count(_ sql: String) async -> Int? {
        try? await disk.main.transaction(.read) { try $0.run(sql).first?.count() ?? 0 }
    }

    private func texts(_ sql: String) async throws -> [String] {
        try await disk.main.transaction(.read) { connection in
            try connection.run(sql).map { row in
                var reader = row.reader
                return try reader.text()
            }
        }
    }

    private func numbers(_ sql: String) async throws -> [String: Int] {
        let pairs = try await disk.main.transaction(.read) { connection in
            try connection.run(sql).map { row in
                var reader = row.reader
                return (try reader.text(), try reader.int())
            }
        }
        return Dictionary(pairs, uniquingKeysWith: +)
    }

    func whatIsLeft() async -> String {
        let runs = try? await texts(
            """
            SELECT run.name || ' ' || run.id || ' ' || state_type || '/' || state_name || ' readiness ' || readiness
                || ' due ' || coalesce((due - \(serverClock.wall.microseconds)) / 1000, '') || ' lane '
                || coalesce(lane.is_open, 'none') || ' paused ' || work_queue.is_paused || ' limit '
                || coalesce(work_queue.concurrency_limit, 'none')
            FROM run LEFT JOIN lane ON lane.id = lane_id LEFT JOIN work_queue ON work_queue.id = run.queue_id
            WHERE end_time IS NULL
            """)
        let leases = await count("SELECT count(*) FROM lease")
        let agents = hosts.map { host in
            "agent \(host.index): there \(host.isAgentThere), holding \(host.machine?.holding.map(\.description) ?? []), "
                + "occupied \(host.machine?.occupied ?? 0), spool empty \(host.spool.isEmpty), "
                + "children \(host.supervisor.children.keys.map(\.description))"
        }
        return "runs \(runs ?? []), \(leases ?? -1) leases, \(clients.open) requests; " + agents.joined(separator: "; ")
    }

    /// Nothing that was acknowledged is lost, and what Sluice believes is what happened.
    func judgeTheEnd() async throws {
        let runs = Set(try await texts("SELECT id FROM run"))
        for run in clients.runs where !runs.contains(run.description) { find("run \(run) is lost") }
        let names = try await texts("SELECT name FROM run WHERE batch_id IS NULL")
        if Set(names).count != names.count { find("a run was made twice: \(names)") }
        let sizes = try await numbers("SELECT batch_id, count(*) FROM run WHERE batch_id IS NOT NULL GROUP BY batch_id")
        for (batch, size) in clients.batches where sizes[batch.description] != size {
            find("batch \(batch) has \(sizes[batch.description] ?? 0) runs, not \(size)")
        }
        if await count("SELECT count(*) FROM batch WHERE is_visible = FALSE") != 0 { find("a hidden batch is left") }
        try await judgeAttempts()
        try await judgeTallies()
        for state in try await texts(Self.lastStates) { trace.count(state, at: 0) }
        statistics.runs += runs.count
        statistics.attempts += await count("SELECT count(*) FROM attempt") ?? 0
        statistics.expiries += await count("SELECT count(*) FROM attempt WHERE message LIKE '%no word from%'") ?? 0
        statistics.happenings += happenings
    }

    private static let lastStates = """
        SELECT run_id || version || type || name || timestamp || coalesce(message, '') FROM run_state
        ORDER BY run_id, version
        """

    private func judgeAttempts() async throws {
        let taken = try await numbers("SELECT run_id || '.' || attempt, reports FROM attempt")
        for (key, sequence) in truth.acknowledged where taken[key.description] ?? 0 < sequence {
            find("report \(sequence) of \(key) was acknowledged and is lost")
        }
        let completed = try await texts(
            """
            SELECT attempt.run_id || '.' || attempt.attempt FROM attempt JOIN run ON run.id = attempt.run_id
            WHERE outcome = 'COMPLETED' AND run.state_type = 'COMPLETED'
            """)
        for text in completed {
            guard let key = AttemptKey(text) else { continue }
            if truth.ends[key] != .exited(code: 0) {
                find("attempt \(key) is COMPLETED, and ended with \(truth.ends[key].map { "\($0)" } ?? "nothing")")
            }
        }
        let orphans = try await texts(
            """
            SELECT id FROM run WHERE state_type = 'COMPLETED' AND (
                SELECT count(*) FROM attempt WHERE run_id = run.id AND outcome = 'COMPLETED') <> 1
            """)
        for run in orphans { find("run \(run) is COMPLETED, and not one of its attempts alone is") }
        for (run, attempts) in truth.executing { find("run \(run) has ended, and \(attempts.keys) execute") }
    }

    /// What is counted as it changes is what a count gives.
    private func judgeTallies() async throws {
        let wrong = try await texts(
            """
            SELECT scope || ' ' || tally.state_type FROM tally
            WHERE runs <> (SELECT count(*) FROM run WHERE run.state_type = tally.state_type AND (
                scope = 'batch:' || run.batch_id
                OR scope = 'queue:' || coalesce(run.queue_id, 'none')))
            """)
        for scope in wrong { find("the tally of \(scope) is wrong") }
    }

    func addHost(_ index: Int, _ planned: Plan.Host) {
        let agentID = ID<Agent>(at: SimulatedClock.beginning, from: &random)
        let configuration = AgentConfiguration(
            server: "", name: "agent-\(index)", host: "host-\(index)", version: "1", pool: WorkPool.standardName,
            queues: planned.queues, slots: planned.slots, labels: [:], processID: 1, environment: [:])
        hosts.append(
            SimulatedHost(index: index, agentID: agentID, peer: RoutingID(agentID.bytes), configuration: configuration))
        links.append(Link())
    }

    func brief(_ event: AgentEvent) -> String {
        let text = "\(event)"
        return text.count > 160 ? text.prefix(160) + "…" : text
    }
}

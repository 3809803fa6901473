import Bundles
import Domain
import Logging
import Orchestration
import Wire

/// What one agent says in one session, taken in its order and answered once it is on disk.
struct Conversation: Sendable {
    let orchestrator: Orchestrator
    let session: Session
    let welcome: Welcome
    let logger: Logger
    let send: @Sendable (ServerMessage) -> Void

    var agent: Agent { session.agent }

    /// Greets the agent, and tells it what to stop.
    func begin() async {
        send(.welcome(welcome))
        do {
            for order in try await orchestrator.stopOrders(for: agent.id) { send(ServerMessage(order)) }
        } catch {
            report(error)
        }
    }

    /// - Returns: false after the agent's goodbye.
    func take(_ messages: [AgentMessage]) async -> Bool {
        do {
            return try await sort(messages)
        } catch {
            // Nothing was acknowledged: the agent will say it again.
            report(error)
            return true
        }
    }

    private func sort(_ messages: [AgentMessage]) async throws -> Bool {
        var logs: [LogBatch] = []
        var reports: [Report] = []
        for message in messages {
            switch message {
            case .logBatch(let batch): logs.append(batch)
            case .report(let report): reports.append(report)
            case .heartbeat(let heartbeat): try await answer(heartbeat)
            case .bundleRequest(let digest, let offset, let length): send(chunk(digest, offset, Int(length)))
            case .assignmentAnswer(let key, let declined):
                guard let declined else { continue }
                try await orchestrator.takeBack(
                    [AttemptName(key)], reason: "\(agent.name) declined it: \(declined)", wait: .seconds(5))
            case .goodbye:
                try await take(logs, reports)
                try await orchestrator.farewell(agent.id)
                return false
            case .filesSeen(let batch, let files):
                try await orchestrator.take(files.map { FileSighting($0) }, from: agent)
                send(.filesTaken(batch: batch))
            case .hello, .ready: continue
            }
        }
        try await take(logs, reports)
        return true
    }

    /// Logs come first: a run's output is there when its end is.
    private func take(_ logs: [LogBatch], _ reports: [Report]) async throws {
        for batch in logs {
            let end = try await orchestrator.takeOutput(
                of: AttemptName(batch.key), in: batch.begin..<batch.end,
                lines: batch.lines.map { ($0.level, $0.timestamp, $0.message) })
            send(.logsTaken(batch.key, end: end))
        }
        guard !reports.isEmpty else { return }
        let answers = try await orchestrator.take(reports.map { AttemptReport($0) }, from: agent.id)
        for (index, (report, answer)) in zip(reports, answers).enumerated() {
            // An acknowledgement is one of all before it.
            if index + 1 < reports.count, reports[index + 1].key == report.key, case .taken = answer,
                case .taken = answers[index + 1]
            {
                continue
            }
            guard let acknowledgement = ServerMessage(answer, to: report) else { continue }
            send(acknowledgement)
        }
    }

    private func answer(_ heartbeat: Heartbeat) async throws {
        guard !heartbeat.holding.isEmpty else {
            send(.heartbeatAnswer(sequence: heartbeat.sequence, fenced: []))
            return
        }
        let renewal = try await orchestrator.renew(heartbeat.holding.map { AttemptName($0) }, of: agent.id)
        send(.heartbeatAnswer(sequence: heartbeat.sequence, fenced: renewal.fenced.map(\.key)))
        for order in renewal.stops { send(ServerMessage(order)) }
    }

    private func chunk(_ digest: [UInt8], _ offset: UInt64, _ length: Int) -> ServerMessage {
        do {
            guard let name = BundleDigest(Hexadecimal.text(of: digest)) else {
                throw OrchestrationError.invalid("a digest has 32 bytes, not \(digest.count)")
            }
            let (bytes, total) = try orchestrator.bundles.read(name, offset: offset, length: min(length, 1 << 20))
            return .bundleChunk(BundleChunk(digest: digest, offset: offset, data: bytes, total: total))
        } catch {
            return .bundleChunk(
                BundleChunk(digest: digest, offset: offset, data: [], total: 0, error: "\(error)"))
        }
    }

    private func report(_ error: any Error) {
        logger.error(
            "what an agent said could not be taken", metadata: ["agent": "\(agent.name)", "error": "\(error)"])
    }
}

import Domain
import Logging
import Wire
import ZeroMQ

extension AgentLoop {
    /// The event that a message is for the machine; what is for others goes to them.
    func decode(_ message: Message) -> AgentEvent? {
        guard message.frames.count == 1, let frame = message.frames.first else { return refuse(.garbage) }
        do throws(WireError) {
            let envelope = try Envelope<ServerMessage>(decoding: frame)
            switch envelope.body {
            case .logsTaken(let key, let end):
                shipper.order(.taken(key, end: end))
                return nil
            case .bundleChunk(let chunk):
                let bundles = preparer.bundles
                Task { await bundles.take(chunk) }
                return nil
            case .filesTaken(let batch):
                if let files { Task { await files.taken(batch, session: envelope.session) } }
                return nil
            default:
                if case .welcome(let welcome) = envelope.body { takesFiles = welcome.takesFiles }
                return .received(envelope.body, session: envelope.session)
            }
        } catch {
            return refuse(error)
        }
    }

    private func refuse(_ error: WireError) -> AgentEvent? {
        logger.warning("dropped a message of the server: \(error)")
        return nil
    }

    func note(_ event: ConnectionEvent) -> [AgentEvent] {
        let server = configuration.server
        switch event {
        case .connected:
            logger.info("connected to \(server)")
            hasTriedToConnect = false
            return [.connected]
        case .disconnected:
            logger.warning("the connection to \(server) is gone; what executes goes on")
            return [.disconnected]
        case .retrying, .handshakeFailed:
            // Once for each time without a connection; then only for those who want to know everything.
            let level: Logger.Level = hasTriedToConnect ? .trace : .warning
            hasTriedToConnect = true
            logger.log(level: level, "no server answers on \(server); trying again until one does")
            return []
        }
    }

    func note(_ event: ExecutorEvent) -> AgentEvent? {
        switch event {
        case .started(.attempt(let key), let processID, let time): return .started(key, processID: processID, at: time)
        case .ended(.attempt(let key), let end):
            switch end.end.cause {
            case .exited, .signaled: endedChildren.insert(key)
            default: break
            }
            return .ended(key, end)
        case .output(.attempt(let key)):
            if machine.wantsOutput(of: key) { shipper.order(.output(key, executor.output(of: .attempt(key)))) }
            return nil
        case .ended(.tool(let name), let end):
            tools.noteEnd(name, end)
            return nil
        case .started(.tool, _, _), .output(.tool): return nil
        case .lost(let reason):
            tools.noteLoss(reason, at: AgentTime.read().wall)
            return .executorLost(reason: reason)
        }
    }

    // MARK: - Telling

    func log(_ severity: AgentEffect.Severity, _ text: String) {
        let level: Logger.Level =
            switch severity {
            case .debug: .debug
            case .info: .info
            case .warning: .warning
            case .error: .error
            }
        logger.log(level: level, "\(text)")
    }

    /// Says once that the spool cannot be written, or can again.
    func noteSpoolHealth() {
        let health = spool.health
        if health.damagedBytes > 0 || health.strayRecords > 0, spoolFailure == nil, !hasToldDamage {
            hasToldDamage = true
            logger.error(
                "the spool was damaged: \(health.damagedBytes) bytes and \(health.strayRecords) records were left out")
        }
        guard health.failure != spoolFailure else { return }
        spoolFailure = health.failure
        if let failure = health.failure {
            logger.error("the spool \(data.spool) cannot be written: \(failure); reports wait in memory")
        } else {
            logger.info("the spool can be written again")
        }
    }

    /// What is wrong with the disk, if anything is: the spool cannot be written, or there is too little room.
    var diskTrouble: String? {
        if let failure = spool.health.failure { return "\(data.spool) cannot be written: \(failure)" }
        guard let free = Folder.freeBytes(data.directory), free < configuration.diskReserve else { return nil }
        return "the disk of \(data.directory) on \(configuration.host) is full: \(free >> 10) KiB are free, of the "
            + "\(configuration.diskReserve >> 10) KiB that a run is to find"
    }
}

extension AgentEvent {
    var isFailedPreparation: Bool { if case .notPrepared = self { true } else { false } }
}

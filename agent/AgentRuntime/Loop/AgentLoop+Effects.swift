import Domain
import Wire

extension AgentLoop {
    /// Carries out the effects in order. What is to be written down is written in one piece, before anything is sent.
    /// - Returns: What came of it at once.
    func perform(_ effects: [AgentEffect]) -> [AgentEvent] {
        var events: [AgentEvent] = []
        // What was taken and could not be written down is given back before it begins.
        if !write(effects) { events.append(.disk(diskTrouble)) }
        for effect in effects { perform(effect, &events) }
        return events
    }

    /// - Returns: whether all is written that is to be.
    private func write(_ effects: [AgentEffect]) -> Bool {
        let entries = effects.compactMap { effect in if case .spool(let entry) = effect { entry } else { nil } }
        guard !entries.isEmpty else { return true }
        spool.append(entries)
        noteSpoolHealth()
        return spool.health.failure == nil
    }

    private func perform(_ effect: AgentEffect, _ events: inout [AgentEvent]) {
        switch effect {
        case .spool: break  // Written already.
        case .send(let message, let session): outgoing.send(message, session: session)
        case .resumeLogs(let session): resume(session)
        case .suspendLogs: suspend()
        case .prepare(let assignment, let apiURL): prepare(assignment, apiURL: apiURL, &events)
        case .cancelPreparation(let key): cancelPreparation(key, &events)
        case .start(let key, let deadline): start(key, deadline: deadline)
        case .stop(let key, let grace): executor.stop(.attempt(key), grace: grace)
        case .putUpStopSign(let key): preparer.directories.directory(of: key).putUpStopSign()
        case .renew(let keys, let deadline): executor.renew(keys, deadline: deadline)
        case .limit(let keys, let deadline): executor.limit(keys, deadline: deadline)
        case .followOutput(let key): shipper.order(.output(key, executor.output(of: .attempt(key))))
        case .finishOutput(let key): shipper.order(.finish(key, executor.output(of: .attempt(key))))
        case .dropOutput(let key): shipper.order(.drop(key))
        case .finish(let key): finish(key)
        case .log(let severity, let text): log(severity, text)
        case .exit(let reason): end(reason)
        }
    }

    private func resume(_ session: UInt64) {
        currentSession.id = session
        shipper.order(.resume(session: session))
        let bundles = preparer.bundles
        Task { await bundles.askAgain() }
        useForFiles(session)
    }

    private func useForFiles(_ session: UInt64?) {
        guard let files else { return }
        let takesFiles = takesFiles
        Task { await files.use(session: session, takesFiles: takesFiles) }
    }

    private func suspend() {
        currentSession.id = nil
        shipper.order(.suspend)
        useForFiles(nil)
    }

    // MARK: - An attempt's way

    private func prepare(_ assignment: Assignment, apiURL: String, _ events: inout [AgentEvent]) {
        guard preparer.isQuick(assignment) else { return prepareSlowly(assignment, apiURL: apiURL) }
        let key = assignment.key
        do throws(PreparationError) {
            launches[key] = try preparer.prepareQuickly(assignment, apiURL: apiURL)
            events.append(.prepared(key))
        } catch {
            events.append(.disk(diskTrouble))
            events.append(.notPrepared(key, reason: error.description))
        }
    }

    private func prepareSlowly(_ assignment: Assignment, apiURL: String) {
        let key = assignment.key
        let (preparer, mail) = (preparer, mail)
        preparations[key] = Task.detached {
            do throws(PreparationError) {
                let (launch, revision) = try await preparer.prepare(assignment, apiURL: apiURL) {
                    mail.post(.preparing(key, message: $0))
                }
                await self.noteLaunch(launch, for: key, codeRevision: revision)
            } catch {
                mail.post(.notPrepared(key, reason: error.description, lacksCode: error.isLackOfCode))
            }
        }
    }

    private func noteLaunch(_ launch: ChildLaunch, for key: AttemptKey, codeRevision: String?) {
        guard preparations.removeValue(forKey: key) != nil else {
            // Cancelled meanwhile: nobody else knows of the directory.
            return preparer.directories.discard(key)
        }
        launches[key] = launch
        handle([.prepared(key, codeRevision: codeRevision)])
    }

    private func cancelPreparation(_ key: AttemptKey, _ events: inout [AgentEvent]) {
        guard let task = preparations.removeValue(forKey: key) else { return }
        task.cancel()
        events.append(.notPrepared(key, reason: "it was stopped before it was started"))
    }

    private func start(_ key: AttemptKey, deadline: Duration) {
        guard var launch = launches.removeValue(forKey: key) else { return }
        launch.deadline = deadline
        executor.start(launch)
    }

    private func finish(_ key: AttemptKey) {
        launches[key] = nil
        executor.acknowledge(.attempt(key))
        let hasEnded = endedChildren.remove(key) != nil
        if !configuration.keepsRuns { preparer.directories.discard(key, hasEnded: hasEnded) }
    }
}

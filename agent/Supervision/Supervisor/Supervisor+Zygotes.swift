import CProcess
import Glibc

/// Children that begin as copies of a process that has done their first work beforehand.
extension Supervisor {
    // MARK: - Coming and going

    func openZygote(_ request: ZygoteRequest, at now: Uptime) {
        guard !isStopping, zygotes[request.key] == nil else { return }
        var ends: [Int32] = [-1, -1]
        guard sluice_packet_pair(&ends) == 0 else { return tell(.zygoteEnded(key: request.key, .exited(127))) }
        let result = execute(request, control: ends[1])
        close(ends[1])
        guard result.error == 0 else {
            close(ends[0])
            supervisorLog("no zygote: \(systemMessage(result.error))")
            return tell(.zygoteEnded(key: request.key, .exited(127)))
        }
        let zygote = Zygote(key: request.key, pid: result.pid, socket: ends[0], at: now)
        zygotes[request.key] = zygote
        zygoteKeys[zygote.pid] = request.key
        poller.watch(zygote.socket)
        wake(at: zygote.due)
    }

    private func execute(_ request: ZygoteRequest, control: Int32) -> sluice_spawn_result {
        var environment = request.environment
        environment.append("\(StartRequest.marker)=\(markerPrefix)\(Zygote.tokenPrefix)\(request.key)")
        let limits = [resources.fileLimit]
        return request.arguments.withSluiceStrings { arguments in
            environment.withSluiceStrings { environment in
                request.directory.withCString { directory in
                    limits.withUnsafeBufferPointer { limits in
                        var spawn = sluice_spawn(
                            arguments: arguments, environment: environment, directory: directory,
                            standard: (control, 2, 2), limits: limits.baseAddress, limit_count: limits.count,
                            detached: 0)
                        return sluice_spawn(&spawn)
                    }
                }
            }
        }
    }

    func closeZygote(_ key: String) {
        if let zygote = zygotes[key] { lose(zygote) }
    }

    func closeZygotes() {
        for zygote in Array(zygotes.values) { lose(zygote) }
    }

    /// Is asked nothing any more; what it has not answered is started without it.
    private func lose(_ zygote: Zygote) {
        zygotes[zygote.key] = nil
        poller.forget(zygote.socket)
        close(zygote.socket)
        // Not when it has been reaped: its number may be somebody else's.
        if zygoteKeys[zygote.pid] != nil { kill(zygote.pid, SIGKILL) }
        for fork in zygote.forks { startAnyway(fork) }
    }

    private func startAnyway(_ fork: Fork) {
        fork.giveUp()
        records[fork.request.token] = nil
        let now = Uptime.read()
        startCold(fork.request, at: now)
        guard case .live(let child) = records[fork.request.token], let stop = fork.stop else { return }
        requestStop(child, stop.reason, grace: stop.grace, at: now)
    }

    /// Its process has been reaped.
    ///
    /// - Returns: whether the process was a zygote.
    func noteZygoteEnd(_ pid: Int32, _ status: ChildExit.Status) -> Bool {
        guard let key = zygoteKeys.removeValue(forKey: pid) else { return false }
        if let zygote = zygotes[key], zygote.pid == pid { lose(zygote) }
        tell(.zygoteEnded(key: key, status))
        return true
    }

    /// Gives up those that keep silent.
    func checkZygotes(at now: Uptime) {
        for zygote in Array(zygotes.values) {
            if now >= zygote.due {
                supervisorLog("zygote \(zygote.pid) does not answer")
                lose(zygote)
            } else {
                wake(at: zygote.due)
            }
        }
    }

    var areForksPending: Bool { zygotes.values.contains { !$0.forks.isEmpty } }

    // MARK: - Becoming a child

    /// Asks a zygote to become the child.
    ///
    /// - Returns: false if there is none that could.
    func fork(_ request: StartRequest, at now: Uptime) -> Bool {
        guard let zygote = zygotes[request.zygote], zygote.isReady, now < request.deadline, !isStopping,
            request.limits.isEmpty, access(request.directory, X_OK) == 0
        else { return false }
        guard let fork = ask(zygote, for: request, at: now) else {
            lose(zygote)
            return false
        }
        zygote.forks.append(fork)
        records[request.token] = .starting(fork)
        wake(at: zygote.due)
        return true
    }

    private func ask(_ zygote: Zygote, for request: StartRequest, at now: Uptime) -> Fork? {
        var file = CStrings()
        file.append(request.directory)
        file.bytes += request.environment.bytes
        file.append("\(StartRequest.marker)=\(markerPrefix)\(request.token)")
        guard let pipes = Pipe.several(3) else { return nil }
        let (output, error, gate) = (pipes[0], pipes[1], pipes[2])
        let environment = sluice_memory_file(file.bytes, file.bytes.count)
        // The child is to wait at the gate.
        _ = fcntl(gate.readEnd, F_SETFL, 0)
        let theirs = [output.writeEnd, error.writeEnd, gate.readEnd, environment]
        let failure = environment < 0 ? errno : sluice_send_descriptors(zygote.socket, "fork", theirs, theirs.count)
        for descriptor in theirs where descriptor >= 0 { close(descriptor) }
        let fork = Fork(
            request, life: life(of: request, at: now), output: output.readEnd, error: error.readEnd,
            gate: gate.writeEnd, at: now)
        guard failure == 0 else {
            fork.giveUp()
            return nil
        }
        return fork
    }

    /// What the zygotes say.
    func hear(_ zygote: Zygote, at now: Uptime) {
        while zygotes[zygote.key] === zygote {
            let count = recv(zygote.socket, scratch.baseAddress, scratch.count, Int32(MSG_DONTWAIT))
            guard count > 0 else {
                if count == 0 || (errno != EAGAIN && errno != EINTR) { lose(zygote) }
                return
            }
            let text = String(decoding: UnsafeRawBufferPointer(rebasing: scratch[..<count]), as: UTF8.self)
            let words = text.split(separator: " ")
            switch (words.first, words.dropFirst().first.flatMap { Int64($0) }) {
            case ("ready", let kibibytes?):
                zygote.isReady = true
                tell(.zygoteReady(key: zygote.key, pid: zygote.pid, memoryBytes: UInt64(max(0, kibibytes)) << 10))
            case ("forked", let pid?) where !zygote.forks.isEmpty && pid > 1:
                adopt(zygote.forks.removeFirst(), Int32(truncatingIfNeeded: pid), at: now)
            default: lose(zygote)
            }
        }
    }

    /// The child is there, and waits at the gate.
    private func adopt(_ fork: Fork, _ pid: Int32, at now: Uptime) {
        // One that was killed at once may have been reaped as somebody unknown.
        guard kill(pid, 0) == 0 else { return startAnyway(fork) }
        let child = register(
            pid: pid, fork.request, life: fork.life, startedAt: fork.startedAt, pipes: (fork.output, fork.error))
        fork.letGo()
        if let stop = fork.stop { requestStop(child, stop.reason, grace: stop.grace, at: now) }
    }
}

import CProcess
import Glibc

extension Supervisor {
    /// Starts a child. A token that is known starts nothing: what is known of it is said again, so that an agent may
    /// repeat itself.
    func start(_ request: StartRequest, at now: Uptime) {
        switch records[request.token] {
        case .starting: break  // It is told when it has been.
        case .live(let child): tell(.started(token: child.token, pid: child.pid, at: child.startedAt))
        case .ended(let exit): tell(.exited(token: request.token, exit))
        case .failed(let reason): tell(.failedToStart(token: request.token, reason: reason))
        case nil:
            if request.zygote.isEmpty || !fork(request, at: now) { startCold(request, at: now) }
        }
    }

    /// Starts a child that nothing is known of, as a program of its own.
    func startCold(_ request: StartRequest, at now: Uptime) {
        do throws(StartFailure) {
            try spawn(request, at: now)
        } catch {
            records[request.token] = .failed(error)
            tell(.failedToStart(token: request.token, reason: error))
        }
    }

    private func spawn(_ request: StartRequest, at now: Uptime) throws(StartFailure) {
        guard now < request.deadline else { throw .leaseEnded }
        guard !isStopping else { throw .shuttingDown }
        let output = try Pipe()
        let error: Pipe
        do throws(StartFailure) {
            error = try Pipe()
        } catch {
            output.close()
            throw error
        }
        let startedAt = wallClockMicroseconds()
        let result = execute(request, output: output.writeEnd, error: error.writeEnd)
        close(output.writeEnd)
        close(error.writeEnd)
        guard result.error == 0 else {
            close(output.readEnd)
            close(error.readEnd)
            throw StartFailure(result, request)
        }
        register(
            pid: result.pid, request, life: life(of: request, at: now), startedAt: startedAt,
            pipes: (output.readEnd, error.readEnd))
    }

    func life(of request: StartRequest, at now: Uptime) -> ChildLife {
        ChildLife(
            startedAt: now, timeout: request.timeout, leaseEndsAt: request.deadline, grace: request.grace,
            leaseGrace: settings.leaseGrace.nanoseconds, drain: settings.drain.nanoseconds)
    }

    /// From now on the process is a child that is watched.
    @discardableResult
    func register(
        pid: Int32, _ request: StartRequest, life: ChildLife, startedAt: Int64, pipes: (output: Int32, error: Int32)
    ) -> Child {
        lastSequence += 1
        let child = Child(
            token: request.token, sequence: lastSequence, pid: pid, startedAt: startedAt, life: life,
            capturePath: request.capturePath, pipes: pipes)
        records[child.token] = .live(child)
        children[child.pid] = child
        for pipe in child.openPipes { watch(pipe.descriptor, of: child, pipe.stream) }
        wake(at: child.life.due)
        tell(.started(token: child.token, pid: child.pid, at: child.startedAt))
        return child
    }

    private func execute(_ request: StartRequest, output: Int32, error: Int32) -> sluice_spawn_result {
        var environment = request.environment
        environment.append("\(StartRequest.marker)=\(markerPrefix)\(request.token)")
        var limits = [resources.fileLimit]
        limits += request.limits.map { sluice_limit(resource: $0.resource, soft: $0.soft, hard: $0.hard) }
        return request.arguments.withSluiceStrings { arguments in
            environment.withSluiceStrings { environment in
                request.directory.withCString { directory in
                    limits.withUnsafeBufferPointer { limits in
                        var spawn = sluice_spawn(
                            arguments: arguments, environment: environment, directory: directory,
                            standard: (resources.null, output, error), limits: limits.baseAddress,
                            limit_count: limits.count, detached: 0)
                        return sluice_spawn(&spawn)
                    }
                }
            }
        }
    }
}

/// A pipe whose read end never blocks; a child at its write end does, which is how it is slowed down.
struct Pipe {
    let readEnd: Int32
    let writeEnd: Int32

    init() throws(StartFailure) {
        var ends: [Int32] = [-1, -1]
        let failure = sluice_pipe(&ends)
        guard failure == 0 else {
            throw .other(errno: failure, message: "cannot make a pipe: \(systemMessage(failure))")
        }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    /// So many, or none.
    static func several(_ count: Int) -> [Pipe]? {
        var pipes: [Pipe] = []
        for _ in 0..<count {
            guard let pipe = try? Pipe() else {
                for pipe in pipes { pipe.close() }
                return nil
            }
            pipes.append(pipe)
        }
        return pipes
    }

    func close() {
        Glibc.close(readEnd)
        Glibc.close(writeEnd)
    }
}

extension CStrings {
    func withSluiceStrings<Result>(_ body: (sluice_strings) -> Result) -> Result {
        bytes.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) {
                body(sluice_strings(bytes: $0.baseAddress, length: $0.count, count: count))
            }
        }
    }
}

extension StartFailure {
    init(_ result: sluice_spawn_result, _ request: StartRequest) {
        let reason = systemMessage(result.error)
        func failed(to what: String) -> StartFailure {
            .other(errno: result.error, message: "cannot \(what): \(reason)")
        }
        let isMissing = result.error == ENOENT || result.error == ENOTDIR
        switch sluice_stage(UInt32(bitPattern: result.stage)) {
        case SLUICE_STAGE_ARGUMENTS where result.error == EINVAL:
            self = .other(errno: EINVAL, message: "no command, or a NUL in an argument or in the environment")
        case SLUICE_STAGE_DIRECTORY where isMissing: self = .directoryMissing(request.directory)
        case SLUICE_STAGE_DIRECTORY: self = failed(to: "enter \(request.directory)")
        case SLUICE_STAGE_EXECUTE where isMissing && result.found == 0: self = .commandNotFound(request.command)
        case SLUICE_STAGE_EXECUTE where isMissing || result.error == EACCES || result.error == ENOEXEC:
            self = .notExecutable(request.command)
        case SLUICE_STAGE_EXECUTE: self = failed(to: "execute \(request.command)")
        case SLUICE_STAGE_LIMITS: self = failed(to: "set its limits")
        case SLUICE_STAGE_CLONE: self = failed(to: "make a process")
        default: self = failed(to: "start a process")
        }
    }
}

extension StartRequest {
    /// What is to be executed, as it was given.
    var command: String {
        String(decoding: arguments.bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}

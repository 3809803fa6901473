import CProcess
import Glibc

/// Finds the supervisor of a directory, or starts it. Blocks.
struct SupervisorDoor {
    let directory: String
    let launch: [String]
    /// How long a supervisor may take to start, and how long to answer, in milliseconds.
    private static let patience: Int32 = 15_000
    /// A supervisor may be ending just as it is called on.
    private static let tries = 5

    typealias Opened = (link: SupervisorLink, pid: Int32)

    func open() -> Result<Opened, SupervisionError> {
        Result { () throws(SupervisionError) in try openOrLaunch() }
    }

    private func openOrLaunch() throws(SupervisionError) -> Opened {
        var refusal: Int32 = 0
        var said = ""
        for _ in 0..<Self.tries {
            switch connect() {
            case .success(let socket):
                if let opened = try greet(socket) { return opened }
                refusal = ECONNRESET
                said = ""
            case .failure(let fault) where fault.errno == ENOENT || fault.errno == ECONNREFUSED:
                refusal = fault.errno
                said = try launchAndWait()
            case .failure(let fault):
                throw .unreachable(directory: directory, errno: fault.errno)
            }
        }
        if !said.isEmpty { throw .launchFailed(command: launch.joined(separator: " "), reason: said) }
        throw .unreachable(directory: directory, errno: refusal)
    }

    /// Through the directory's descriptor: its path may be longer than the address of a socket.
    private func connect() -> Result<Int32, SupervisorSocket.Fault> {
        let file = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { return .failure(SupervisorSocket.Fault(errno: errno)) }
        defer { close(file) }
        return Result { () throws(SupervisorSocket.Fault) in
            try SupervisorSocket.connect(to: "/proc/self/fd/\(file)/\(SupervisorDirectory.socketName)")
        }
    }

    /// Nil if the supervisor ended before it answered.
    private func greet(_ socket: Int32) throws(SupervisionError) -> Opened? {
        var writer = FieldWriter()
        Request.hello(version: Request.version).encode(into: &writer)
        let hello = writer.take()
        var inbox = Inbox(limit: SupervisorLink.longestReply)
        guard send(socket, hello, hello.count, Int32(MSG_NOSIGNAL)) == hello.count,
            let welcome = try receiveWelcome(socket, &inbox)
        else {
            close(socket)
            return nil
        }
        guard case .welcome(let version, let pid) = welcome, version == Request.version else {
            close(socket)
            if case .welcome(let version, _) = welcome {
                throw .versionMismatch(supervisor: version, agent: Request.version)
            }
            return nil
        }
        return (SupervisorLink(socket: socket, inbox: inbox), pid)
    }

    private func receiveWelcome(_ socket: Int32, _ inbox: inout Inbox) throws(SupervisionError) -> Reply? {
        do throws(FrameFault) {
            while true {
                if let reply = try inbox.next(Reply.decode) { return reply }
                guard let bytes = receiveSome(socket) else { return nil }
                bytes.withUnsafeBytes { inbox.append($0) }
            }
        } catch {
            return nil
        }
    }

    /// Nil at the end, or if nothing comes for too long.
    private func receiveSome(_ descriptor: Int32) -> [UInt8]? {
        var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&state, 1, Self.patience) > 0 else { return nil }
        let bytes = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
        }
        return bytes.isEmpty ? nil : bytes
    }

    /// Starts a supervisor and waits until it lets go of its standard output: it serves then, or has ended.
    /// Answers with what it said.
    private func launchAndWait() throws(SupervisionError) -> String {
        var ends: [Int32] = [-1, -1]
        let failure = sluice_pipe(&ends)
        guard failure == 0 else { throw launchFailure(systemMessage(failure)) }
        defer { close(ends[0]) }
        let result = execute(output: ends[1])
        close(ends[1])
        if result.error != 0 { throw launchFailure(systemMessage(result.error)) }
        var said: [UInt8] = []
        while said.count < 64 << 10, let bytes = receiveSome(ends[0]) { said += bytes }
        return String(decoding: said, as: UTF8.self)
    }

    private func execute(output: Int32) -> sluice_spawn_result {
        let null = Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { close(null) }
        return CStrings(launch).withSluiceStrings { arguments in
            inheritedEnvironment().withSluiceStrings { environment in
                var spawn = sluice_spawn(
                    arguments: arguments, environment: environment, directory: nil, standard: (null, output, output),
                    limits: nil, limit_count: 0, detached: 1)
                return sluice_spawn(&spawn)
            }
        }
    }

    private func inheritedEnvironment() -> CStrings {
        var strings = CStrings()
        var entry = environ
        while let variable = entry.pointee {
            strings.append(String(cString: variable))
            entry += 1
        }
        return strings
    }

    private func launchFailure(_ reason: String) -> SupervisionError {
        .launchFailed(command: launch.joined(separator: " "), reason: reason)
    }
}

@preconcurrency import Dispatch
import Domain
import Glibc

extension Surroundings {
    /// Those of this process.
    static func system() -> Surroundings {
        let environment = Self.variables()
        return Surroundings(
            environment: environment,
            now: {
                var time = timespec()
                clock_gettime(CLOCK_REALTIME, &time)
                return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
            },
            random: {
                var generator = SystemRandomNumberGenerator()
                return generator.next()
            },
            console: Console(
                output: device(1, environment), errors: device(2, environment),
                writeOutput: { try write($0, to: 1) }, writeErrors: { try? write($0, to: 2) }),
            interruptions: Self.listenForInterruptions, ask: isatty(0) == 1 && isatty(2) == 1 ? Self.ask : nil,
            programFolder: Self.executable().flatMap { path in
                path.lastIndex(of: "/").map { String(path[..<$0]) }
            },
            input: 0)
    }

    private static func variables() -> [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return variables
    }

    private static func device(_ descriptor: Int32, _ environment: [String: String]) -> Console.Device {
        let isTerminal = isatty(descriptor) == 1
        // https://no-color.org
        let wantsNone = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        return Console.Device(
            isTerminal: isTerminal,
            hasColour: isTerminal && !wantsNone && environment["TERM"] != "dumb",
            width: {
                if let size = windowSize(descriptor), size.ws_col > 0 { return Int(size.ws_col) }
                return environment["COLUMNS"].flatMap { Int($0) } ?? (isTerminal ? 80 : 200)
            },
            height: {
                if let size = windowSize(descriptor), size.ws_row > 0 { return Int(size.ws_row) }
                return environment["LINES"].flatMap { Int($0) } ?? 24
            })
    }

    private static func windowSize(_ descriptor: Int32) -> winsize? {
        var size = winsize()
        return ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 ? size : nil
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&waiting, 1, -1)
            } else if errno != EINTR {
                throw ClosedOutput()
            }
        }
    }

    private static func ask(_ question: String) -> String {
        try? write(Array(question.utf8), to: 2)
        return Swift.readLine() ?? ""
    }

    private static func listenForInterruptions() -> AsyncStream<Int32> {
        AsyncStream { continuation in
            let sources = [SIGINT, SIGTERM, SIGHUP].map { number in
                signal(number, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
                source.setEventHandler { continuation.yield(number) }
                source.resume()
                return source
            }
            continuation.onTermination = { _ in for source in sources { source.cancel() } }
        }
    }

    private static func executable() -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &buffer, buffer.count)
        return length > 0 ? String(decoding: buffer[..<length], as: UTF8.self) : nil
    }
}

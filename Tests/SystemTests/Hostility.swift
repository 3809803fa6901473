import Glibc
import JSON
import TestSupport
import Testing

/// What load that means harm is measured with.
extension Program {
    /// Bytes of it that are in RAM (proc(5), statm).
    var residentBytes: Int {
        let fields = contents(of: "/proc/\(pid)/statm").split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(getpagesize()) : 0
    }

    /// How many files and connections it has open.
    var openFiles: Int {
        guard let folder = opendir("/proc/\(pid)/fd") else { return 0 }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        return count - 2
    }
}

extension Installation {
    var httpPort: Int { Int(http.split(separator: ":")[1]) ?? 0 }
    var agentsPort: Int { Int(agents.split(separator: ":")[1]) ?? 0 }

    func connect() throws -> RawConnection { try RawConnection(port: httpPort) }

    /// One request on a connection of its own.
    func ask(_ method: String, _ path: String, _ headers: String = "", body: String = "") async throws -> String {
        let connection = try connect()
        connection.send(
            "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\(headers)"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        return await connection.receiveAll()
    }

    func isServed() async throws -> Bool { try await ask("GET", "/api/health").hasPrefix("HTTP/1.1 200 ") }

    /// How many runs of the deployment there are, in whatever state.
    func runCount() async throws -> Int? {
        let answer = try await ask(
            "POST", "/api/flow_runs/count", "Content-Type: application/json\r\n", body: "{}")
        return answer.split(separator: "\r\n\r\n").last.flatMap { Int($0) }
    }
}

/// Raises the tests' own limit of open files, and says what it is then.
func raiseFileLimit() -> Int {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return Int(clamping: limit.rlim_cur)
}

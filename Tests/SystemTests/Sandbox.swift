import Glibc
import Synchronization
import Testing

/// A folder of a test's own, and the programs that it has started. Both are gone with it, and so is whatever those have
/// left behind.
final class Sandbox: Sendable {
    let path: String
    private let number = Atomic<Int>(0)
    private let programs = Mutex<[Program]>([])

    init() throws {
        var template = Array("/tmp/sluice-system-XXXXXX".utf8CString)
        path = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    deinit {
        for program in programs.withLock({ $0 }) where program.exitStatus() == nil {
            kill(program.pid, SIGKILL)
            waitpid(program.pid, nil, 0)
        }
        Remains(folder: path).end()
        _ = system("rm -rf '\(path)'")
    }

    func nextNumber() -> Int { number.add(1, ordering: .relaxed).newValue }

    func started(_ program: Program) { programs.withLock { $0.append(program) } }

    func write(_ text: String, to path: String) throws {
        let file = try #require(fopen(path, "w"), "cannot write \(path)")
        defer { fclose(file) }
        fputs(text, file)
    }

    /// A folder in the sandbox with these files.
    func folder(_ name: String, _ files: [String: String]) throws -> String {
        let folder = "\(path)/\(name)"
        mkdir(folder, 0o700)
        for (file, text) in files { try write(text, to: "\(folder)/\(file)") }
        return folder
    }
}

import Glibc
import Testing

/// The processes of this machine, as far as tests want to know of them.
enum ProcessTable {
    static var all: [pid_t] {
        guard let folder = opendir("/proc") else { return [] }
        defer { closedir(folder) }
        var found: [pid_t] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let pid = pid_t(name) { found.append(pid) }
        }
        return found
    }

    /// Its arguments, each ended by a NUL; empty for one that has ended.
    static func arguments(of pid: pid_t) -> String { contents(of: "/proc/\(pid)/cmdline") }

    /// Whatever this process has started, at any remove.
    static func descendants(of pid: pid_t) -> [pid_t] {
        let children = contents(of: "/proc/\(pid)/task/\(pid)/children").split(separator: " ").compactMap { pid_t($0) }
        return children + children.flatMap { descendants(of: $0) }
    }
}

/// What the programs of a test leave behind: supervisors, which outlive their agents on purpose, and what they watch.
struct Remains {
    /// A folder of the test's own. Whoever has it among its arguments or in its environment is the test's.
    let folder: String

    /// Ends all of them. Should some not go, that is an issue, and no later test is to find it out.
    func end() {
        for _ in 0..<500 {
            let found = processes
            guard !found.isEmpty else { return }
            for pid in found { kill(pid, SIGKILL) }
            usleep(10_000)
        }
        Issue.record("processes of \(folder) do not end: \(processes.map { ProcessTable.arguments(of: $0) })")
    }

    /// With what they have started, which need not name the folder.
    private var processes: [pid_t] {
        let own = ProcessTable.all.filter { $0 != getpid() && isOurs($0) }
        return Array(Set(own + own.flatMap { ProcessTable.descendants(of: $0) }))
    }

    private func isOurs(_ pid: pid_t) -> Bool {
        ["cmdline", "environ"].contains { contents(of: "/proc/\(pid)/\($0)").contains(folder) }
    }
}

import Glibc
import JSON

/// What a container has used until now, read from its control groups, of either version; or from its engine, where the
/// groups cannot be read.
struct ResourceUse: Sendable {
    private(set) var cpuMicroseconds: Int64 = 0
    private(set) var peakMemoryBytes: Int64 = 0

    private struct Groups {
        /// Files with a number, the first that can be read counts.
        var memory: [String] = []
        var cpuNanoseconds: String?
        var cpuStatistics: String?
    }

    private let groups: Groups?

    /// - Parameters:
    ///   - id: of the container.
    ///   - process: its main process, as the engine numbers it.
    init(of id: String, process: Int) {
        groups = Self.groups(of: id, process: process)
    }

    /// Whether the groups can be read, which costs next to nothing.
    var isDirect: Bool { groups != nil }

    mutating func sample() {
        guard let groups else { return }
        for file in groups.memory {
            guard let bytes = Self.number(in: file) else { continue }
            peakMemoryBytes = max(peakMemoryBytes, bytes)
            break
        }
        if let file = groups.cpuNanoseconds, let nanoseconds = Self.number(in: file) {
            cpuMicroseconds = max(cpuMicroseconds, nanoseconds / 1000)
        } else if let file = groups.cpuStatistics, let microseconds = Self.usage(in: file) {
            cpuMicroseconds = max(cpuMicroseconds, microseconds)
        }
    }

    /// The same from what the engine says.
    mutating func take(_ statistics: JSONValue) {
        let memory = statistics["memory_stats"]
        let bytes = memory?["max_usage"]?.intValue ?? memory?["usage"]?.intValue ?? 0
        peakMemoryBytes = max(peakMemoryBytes, Int64(bytes))
        let nanoseconds = statistics["cpu_stats"]?["cpu_usage"]?["total_usage"]?.intValue ?? 0
        cpuMicroseconds = max(cpuMicroseconds, Int64(nanoseconds) / 1000)
    }

    /// A process of that number may be another one, where the engine is in a machine of its own: the groups of the right
    /// one bear the container's id.
    private static func groups(of id: String, process: Int) -> Groups? {
        guard process > 0, let bytes = SmallFile.read("/proc/\(process)/cgroup") else { return nil }
        var groups = Groups()
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, parts[2].contains(id) else { continue }
            let names = parts[1].split(separator: ",")
            let folder = "/sys/fs/cgroup/\(parts[1])\(parts[2])"
            if names.contains("memory") { groups.memory = ["\(folder)/memory.max_usage_in_bytes"] }
            if names.contains("cpuacct") { groups.cpuNanoseconds = "\(folder)/cpuacct.usage" }
            if parts[0] == "0", groups.memory.isEmpty {
                groups.memory = ["\(folder)/memory.peak", "\(folder)/memory.current"]
                groups.cpuStatistics = "\(folder)/cpu.stat"
            }
        }
        return groups.memory.contains { access($0, R_OK) == 0 } ? groups : nil
    }

    private static func number(in file: String) -> Int64? {
        SmallFile.read(file).flatMap { Int64(String(decoding: $0, as: UTF8.self).filter(\.isNumber)) }
    }

    private static func usage(in file: String) -> Int64? {
        guard let bytes = SmallFile.read(file) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        return lines.first { $0.hasPrefix("usage_usec ") }.flatMap { Int64($0.dropFirst("usage_usec ".count)) }
    }
}

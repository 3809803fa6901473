import Containers
import Domain
import Glibc

/// The control groups that an agent may make, of either version: one for each run that is to be confined, all below one
/// folder of the agent's.
public struct ControlGroups: Sendable, Hashable {
    /// Of version 1 each controller has a tree of its own.
    public enum Version: String, Sendable, Hashable {
        case one = "cgroup v1"
        case two = "cgroup v2"
    }

    public let version: Version
    /// The agent's folder in each controller's tree; of version 2 they are one.
    private let folders: [String: String]

    private static let controllers = ["memory", "pids", "cpu", "cpuacct"]

    /// What this process may use: nothing when it may make no groups.
    ///
    /// - Parameters:
    ///   - root: where the trees are mounted.
    ///   - name: of the agent's folder.
    public static func find(root: String = "/sys/fs/cgroup", name: String) -> ControlGroups? {
        if access("\(root)/cgroup.controllers", R_OK) == 0 { return versionTwo(root, name) }
        var folders: [String: String] = [:]
        for controller in controllers where access("\(root)/\(controller)", W_OK) == 0 {
            folders[controller] = "\(root)/\(controller)/\(name)"
        }
        return folders["memory"] == nil || folders["pids"] == nil ? nil : ControlGroups(version: .one, folders: folders)
    }

    private static func versionTwo(_ root: String, _ name: String) -> ControlGroups? {
        guard access(root, W_OK) == 0, enable(in: root) else { return nil }
        return ControlGroups(version: .two, folders: ["": "\(root)/\(name)"])
    }

    private static func enable(in folder: String) -> Bool {
        let file = "\(folder)/cgroup.subtree_control"
        let enabled = Set(text(file).split(whereSeparator: \.isWhitespace).map(String.init))
        let missing = ["memory", "pids", "cpu"].filter { !enabled.contains($0) }
        return missing.isEmpty || put(missing.map { "+\($0)" }.joined(separator: " "), into: file)
    }

    // MARK: One run's

    /// The files that whoever is to be in the run's group writes its process's number into.
    ///
    /// - Throws: `ConfinementError.group` when the group cannot be made, or a limit cannot be set.
    public func make(_ run: String, limits: ProcessLimits) throws(ConfinementError) -> [String] {
        for folder in Set(folders.values) {
            guard mkdir(folder, 0o755) == 0 || errno == EEXIST else { throw .group(folder, errno) }
            if version == .two, !Self.enable(in: folder) { throw .group(folder, errno) }
        }
        for folder in folders(of: run) {
            guard mkdir(folder, 0o755) == 0 || errno == EEXIST else { throw .group(folder, errno) }
        }
        for (file, value) in settings(of: run, limits) {
            guard Self.put(value, into: file) else { throw .group(file, errno) }
        }
        // Swap would only put off the end; not every kernel counts it.
        if let bytes = limits.memoryBytes, version == .one {
            _ = Self.put(String(bytes), into: "\(folder(of: run, "memory"))/memory.memsw.limit_in_bytes")
        }
        if limits.memoryBytes != nil, version == .two {
            _ = Self.put("0", into: "\(folder(of: run, "memory"))/memory.swap.max")
        }
        return folders(of: run).map { "\($0)/cgroup.procs" }
    }

    private func settings(of run: String, _ limits: ProcessLimits) -> [(file: String, value: String)] {
        func file(_ controller: String, _ one: String, _ two: String) -> String {
            "\(folder(of: run, controller))/\(version == .one ? one : two)"
        }
        var settings: [(String, String)] = []
        if let bytes = limits.memoryBytes {
            settings.append((file("memory", "memory.limit_in_bytes", "memory.max"), String(bytes)))
        }
        if let count = limits.processes { settings.append((file("pids", "pids.max", "pids.max"), String(count))) }
        if let cpus = limits.cpus {
            let quota = Int((cpus * 100_000).rounded())
            settings.append(
                (file("cpu", "cpu.cfs_quota_us", "cpu.max"), version == .one ? "\(quota)" : "\(quota) 100000"))
        }
        return settings
    }

    /// What a run has used, and whether the kernel killed any of its processes for want of memory.
    public func use(of run: String) -> (cpu: Duration?, peakMemoryBytes: Int64?, wasStarved: Bool) {
        let memory = folder(of: run, "memory")
        switch version {
        case .one:
            let cpu = folders["cpuacct"].flatMap { Self.number("\($0)/\(run)/cpuacct.usage") }
            return (
                cpu.map { .nanoseconds($0) }, Self.number("\(memory)/memory.max_usage_in_bytes"),
                Self.value(of: "oom_kill", in: "\(memory)/memory.oom_control") ?? 0 > 0
            )
        case .two:
            let cpu = Self.value(of: "usage_usec", in: "\(memory)/cpu.stat")
            return (
                cpu.map { .microseconds($0) }, Self.number("\(memory)/memory.peak"),
                Self.value(of: "oom_kill", in: "\(memory)/memory.events") ?? 0 > 0
            )
        }
    }

    /// Removes a run's group, which nobody is in any more, and the agent's folders with the last of them.
    public func remove(_ run: String) {
        for folder in folders(of: run) { rmdir(folder) }
        for folder in Set(folders.values) { rmdir(folder) }
    }

    /// Removes the groups of runs that nobody is in.
    public func removeEmpty() {
        for folder in Set(folders.values) {
            guard let listing = opendir(folder) else { continue }
            defer { closedir(listing) }
            while let entry = readdir(listing) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                if !name.hasPrefix(".") { rmdir("\(folder)/\(name)") }
            }
        }
    }

    private func folder(of run: String, _ controller: String) -> String {
        "\(folders[controller] ?? folders[""] ?? "")/\(run)"
    }

    private func folders(of run: String) -> [String] { Set(folders.values).sorted().map { "\($0)/\(run)" } }

    // MARK: Files

    private static func put(_ value: String, into path: String) -> Bool {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        let bytes = Array(value.utf8)
        return bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) } == bytes.count
    }

    private static func text(_ path: String) -> String {
        SmallFile.read(path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    private static func number(_ path: String) -> Int64? { Int64(text(path).prefix { $0.isNumber }) }

    private static func value(of key: String, in path: String) -> Int64? {
        let line = text(path).split(separator: "\n").first { $0.hasPrefix("\(key) ") }
        return line.flatMap { Int64($0.dropFirst(key.count + 1)) }
    }
}

import Glibc

/// What this process knows of its host.
enum Host {
    static let environment: [String: String] = {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return variables
    }()

    static func variable(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    static var name: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
    /// Bytes: that of the host, or what its control group leaves this process, if that is less.
    static var memory: Int {
        let whole = max(0, sysconf(Int32(_SC_PHYS_PAGES))) * max(0, sysconf(Int32(_SC_PAGESIZE)))
        let limits = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        return limits.compactMap { number(in: $0) }.reduce(whole, min)
    }

    private static func number(in file: String) -> Int? {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 64)
        let length = read(descriptor, &buffer, buffer.count)
        guard length > 0 else { return nil }
        return Int(String(decoding: buffer[..<length].prefix { (48...57).contains($0) }, as: UTF8.self))
    }

    /// The devices that Nvidia's driver shows.
    static var graphicsProcessors: Int {
        guard let folder = opendir("/proc/driver/nvidia/gpus") else { return 0 }
        defer { closedir(folder) }
        var count = 0
        while let entry = readdir(folder) { if entry.pointee.d_name.0 != UInt8(ascii: ".") { count += 1 } }
        return count
    }

    /// The path as it is from the root: programs that are started later have another working directory.
    static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
        defer { free(folder) }
        return "\(String(cString: folder))/\(path)"
    }

    static var processID: Int32 { getpid() }

    /// As the XDG base directories say.
    static var defaultDataDirectory: String {
        if let state = variable("XDG_STATE_HOME") { return "\(state)/sluice/agent" }
        return "\(variable("HOME") ?? "/var/lib")/.local/state/sluice/agent"
    }

    /// This program's own file.
    static var executable: String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &buffer, buffer.count)
        return length > 0 ? String(decoding: buffer[..<length], as: UTF8.self) : nil
    }
}

public import Domain
import Glibc
public import JSON

/// How a process is confined before it becomes its program: whom it is to be, which groups it belongs to, and what it may
/// use. Told in a file to `sluice-agent confine`, which does it and then executes the program.
public struct Confinement: Sendable, Hashable {
    /// The program and its arguments.
    public var arguments: [String]
    /// The files that its process enters its groups by.
    public var groupFiles: [String]
    /// Whom it is to be; nothing for whoever the agent is.
    public var userID: UInt32?
    /// That user's group.
    public var groupID: UInt32?
    /// Nothing for a number that is nobody's.
    public var userName: String?
    /// `RLIMIT_…` numbers with their values.
    public var resources: [Int32: UInt64]

    public init(arguments: [String], groupFiles: [String], account: Account?, resources: [Int32: UInt64]) {
        self.arguments = arguments
        self.groupFiles = groupFiles
        userID = account?.userID
        groupID = account?.groupID
        userName = account?.name
        self.resources = resources
    }

    /// The limits that the system sets for each process, where there are no groups: memory as address space.
    ///
    /// - Throws: `ConfinementError.needsGroups` for what such a limit cannot do.
    public static func resources(
        for limits: ProcessLimits, hasGroups: Bool, isForRoot: Bool
    ) throws(ConfinementError) -> [Int32: UInt64] {
        var resources: [Int32: UInt64] = [:]
        if let time = limits.cpuTime { resources[Int32(RLIMIT_CPU.rawValue)] = UInt64(max(1, time / .seconds(1))) }
        if let count = limits.openFiles { resources[Int32(RLIMIT_NOFILE.rawValue)] = UInt64(count) }
        guard !hasGroups else { return resources }
        if limits.cpus != nil { throw .needsGroups(limit: "cpus") }
        if let bytes = limits.memoryBytes { resources[Int32(RLIMIT_AS.rawValue)] = UInt64(bytes) }
        if let count = limits.processes {
            // The system counts them by user, and lets root have any number.
            guard !isForRoot else { throw .needsGroups(limit: "processes") }
            resources[Int32(__RLIMIT_NPROC.rawValue)] = UInt64(count)
        }
        return resources
    }

    /// Confines this process, and becomes the program.
    ///
    /// - Returns: Only when that failed: why, and the exit code that says so, as shells have it.
    public func execute() -> (reason: String, code: Int32) {
        for file in groupFiles {
            let descriptor = open(file, O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0, Glibc.write(descriptor, "0", 1) == 1 else { return (failure("enter \(file)"), 125) }
            close(descriptor)
        }
        for (resource, value) in resources {
            var limit = rlimit(rlim_cur: rlim_t(value), rlim_max: rlim_t(value))
            // The signal that says so comes a second before the one that ends it.
            if resource == Int32(RLIMIT_CPU.rawValue) { limit.rlim_max += 1 }
            guard setrlimit(.init(UInt32(resource)), &limit) == 0 else { return (failure("set a limit"), 125) }
        }
        if let refusal = becomeUser() { return refusal }
        guard let program = arguments.first else { return ("no command", 127) }
        let pointers = arguments.map { strdup($0) } + [nil]
        execvp(program, pointers)
        let code: Int32 = errno == ENOENT ? 127 : 126
        return (failure("execute \(program)"), code)
    }

    private func becomeUser() -> (reason: String, code: Int32)? {
        guard let userID, let groupID else { return nil }
        if let userName {
            guard initgroups(userName, groupID) == 0 else { return (failure("take the groups of \(userName)"), 125) }
        } else {
            guard setgroups(0, nil) == 0 else { return (failure("leave its groups"), 125) }
        }
        guard setgid(groupID) == 0, setuid(userID) == 0 else { return (failure("become the user \(userID)"), 125) }
        guard let folder = getcwd(nil, 0) else { return nil }
        defer { free(folder) }
        guard access(folder, R_OK | X_OK) == 0 else {
            let path = String(cString: folder)
            return (
                "the user \(userName ?? String(userID)) may not enter \(path): start the agent with a --data whose parent "
                    + "folders others may enter, such as /var/lib/sluice", 125
            )
        }
        return nil
    }

    private func failure(_ what: String) -> String { "cannot \(what): \(String(cString: strerror(errno)))" }
}

extension Confinement: JSONEncodable, JSONReadable {
    public var json: JSONValue {
        var object: JSONObject = ["arguments": arguments.json, "groups": groupFiles.json]
        object["resources"] = .array(resources.map { [.integer(Int64($0.key)), .integer(Int64(clamping: $0.value))] })
        object["user"] = userID.map { .integer(Int64($0)) }
        object["group"] = groupID.map { .integer(Int64($0)) }
        object["name"] = userName.map { .string($0) }
        return .object(object)
    }

    public init(reading reader: JSONReader) throws(JSONReadingError) {
        arguments = try reader.required("arguments")
        groupFiles = try reader.required("groups")
        userID = try reader.optional("user").map { (reader) throws(JSONReadingError) in UInt32(try reader.int) }
        groupID = try reader.optional("group").map { (reader) throws(JSONReadingError) in UInt32(try reader.int) }
        userName = try reader.optional("name")?.string
        resources = [:]
        for pair in try reader.required("resources").array {
            let numbers = try pair.array
            resources[Int32(try numbers[0].int)] = UInt64(try numbers[1].int)
        }
    }
}

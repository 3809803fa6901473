public import Domain
import Glibc
public import JSON
import Supervision

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
    /// Where it is written why the program was not executed; empty when it was.
    public var refusalPath: String

    public init(
        arguments: [String], groupFiles: [String], account: Account?, resources: [Int32: UInt64], refusalPath: String
    ) {
        self.arguments = arguments
        self.refusalPath = refusalPath
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

    /// Confines this process, and becomes the program. Returns only when that failed, once it is written down why.
    public func execute() {
        // Before it is somebody else, who may not write there. The program does not inherit it.
        let refusal = open(refusalPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        let reason = Array((confine() ?? becomeProgram()).utf8)
        _ = reason.withUnsafeBytes { Glibc.write(refusal, $0.baseAddress, $0.count) }
    }

    /// - Returns: why that failed, if it did.
    private func confine() -> String? {
        for file in groupFiles {
            let descriptor = open(file, O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0, Glibc.write(descriptor, "0", 1) == 1 else { return failure("enter \(file)") }
            close(descriptor)
        }
        for (resource, value) in resources {
            var limit = rlimit(rlim_cur: rlim_t(value), rlim_max: rlim_t(value))
            // The signal that says so comes a second before the one that ends it.
            if resource == Int32(RLIMIT_CPU.rawValue) { limit.rlim_max += 1 }
            guard setrlimit(.init(UInt32(resource)), &limit) == 0 else { return failure("set a limit") }
        }
        return becomeUser()
    }

    /// Fails in the words of the supervisor, which executes what is not confined.
    private func becomeProgram() -> String {
        guard let program = arguments.first else { return "no command" }
        let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
        let files = program.contains("/") ? [program] : folders.split(separator: ":").map { "\($0)/\(program)" }
        let pointers = arguments.map { strdup($0) } + [nil]
        var problem: Int32?
        for file in files {
            execve(file, pointers, environ)
            let code = errno
            // One that is there and whose interpreter is not is found, too.
            if access(file, F_OK) == 0 { problem = problem ?? code }
        }
        return switch problem {
        case nil: StartFailure.commandNotFound(program).description
        case EACCES?, ENOEXEC?, ENOENT?, ENOTDIR?: StartFailure.notExecutable(program).description
        case let code?: "cannot execute \(program): \(String(cString: strerror(code)))"
        }
    }

    private func becomeUser() -> String? {
        guard let userID, let groupID else { return nil }
        if let userName {
            guard initgroups(userName, groupID) == 0 else { return failure("take the groups of \(userName)") }
        } else {
            guard setgroups(0, nil) == 0 else { return failure("leave its groups") }
        }
        guard setgid(groupID) == 0, setuid(userID) == 0 else { return failure("become the user \(userID)") }
        guard let folder = getcwd(nil, 0) else { return nil }
        defer { free(folder) }
        guard access(folder, R_OK | X_OK) == 0 else {
            let path = String(cString: folder)
            return
                "the user \(userName ?? String(userID)) may not enter \(path): start the agent with a --data whose parent "
                + "folders others may enter, such as /var/lib/sluice"
        }
        return nil
    }

    private func failure(_ what: String) -> String { "cannot \(what): \(String(cString: strerror(errno)))" }
}

extension Confinement: JSONEncodable, JSONReadable {
    public var json: JSONValue {
        var object: JSONObject = [
            "arguments": arguments.json, "groups": groupFiles.json, "refusal": .string(refusalPath),
        ]
        object["resources"] = .array(resources.map { [.integer(Int64($0.key)), .integer(Int64(clamping: $0.value))] })
        object["user"] = userID.map { .integer(Int64($0)) }
        object["group"] = groupID.map { .integer(Int64($0)) }
        object["name"] = userName.map { .string($0) }
        return .object(object)
    }

    public init(reading reader: JSONReader) throws(JSONReadingError) {
        arguments = try reader.required("arguments")
        groupFiles = try reader.required("groups")
        refusalPath = try reader.required("refusal").string
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

public import AgentRuntime
import Containers
import Domain
import Glibc
import JSON
import Synchronization
public import Wire

/// Executes processes with limits of their own, or as another user, where that is wanted, and all else as another
/// executor does.
///
/// A process that is to be confined begins as `sluice-agent confine`, which confines itself and becomes the program. Its
/// group says in the end what the run has used, and whether it was killed for want of memory.
public final class ConfinedExecutor: RunExecutor {
    public let events: AsyncStream<[ExecutorEvent]>

    private let processes: any RunExecutor
    private let directory: String
    private let program: [String]
    private let groups: ControlGroups?
    private let known = Mutex<[ChildName: ProcessLimits]>([:])
    private let continuation: AsyncStream<[ExecutorEvent]>.Continuation

    /// - Parameters:
    ///   - processes: executes processes.
    ///   - directory: where it keeps what is to be known of them.
    ///   - program: the command that becomes a program, but for the path of its confinement.
    ///   - groups: the control groups that may be made, if any may.
    public init(processes: any RunExecutor, directory: String, program: [String], groups: ControlGroups?) {
        self.processes = processes
        self.directory = directory
        self.program = program
        self.groups = groups
        (events, continuation) = AsyncStream.makeStream()
    }

    /// What earlier agents confined is known by the files that they left.
    public func recover() async throws -> [RecoveredChild] {
        let children = try await processes.recover()
        for child in children where access(path(child.name), F_OK) == 0 {
            known.withLock { $0[child.name] = ProcessLimits() }
        }
        let recovered = children.map { child in
            guard case .ended(let end) = child.state, contains(child.name) else { return child }
            return RecoveredChild(name: child.name, state: .ended(settled(end, of: child.name)))
        }
        // What they say of those that have ended is known by now.
        groups?.removeEmpty()
        Task.detached { [self] in
            for await batch in processes.events { continuation.yield(batch.map(pass)) }
            continuation.finish()
        }
        return recovered
    }

    /// Confines it where that is wanted.
    public func start(_ launch: ChildLaunch) {
        guard launch.container == nil, !launch.limits.isEmpty || launch.user != nil else {
            return processes.start(launch)
        }
        do throws(ConfinementError) {
            processes.start(try confined(launch))
        } catch {
            let end = AttemptEnd(.notStarted, at: AgentTime.read().wall, message: error.description)
            continuation.yield([.ended(launch.name, ChildEnd(end, outputEnd: 0))])
        }
    }

    private func confined(_ launch: ChildLaunch) throws(ConfinementError) -> ChildLaunch {
        var confined = launch
        let account = try launch.user.map { (user) throws(ConfinementError) in try self.account(user, of: &confined) }
        let isForRoot = (account?.userID ?? geteuid()) == 0
        let resources = try Confinement.resources(for: launch.limits, hasGroups: groups != nil, isForRoot: isForRoot)
        let name = launch.name
        let files = launch.limits.isEmpty ? [] : try groups?.make(name.description, limits: launch.limits) ?? []
        let order = Confinement(
            arguments: launch.arguments, groupFiles: files, account: account, resources: resources,
            refusalPath: refusalPath(name))
        guard SmallFile.write(order.json.serialized(), to: path(name)) else { throw .unwritable(path(name)) }
        known.withLock { $0[name] = launch.limits }
        confined.arguments = program + [path(name)]
        confined.warmStart = nil
        return confined
    }

    /// The user that it is to run as, whom its directory is given to.
    private func account(_ user: String, of launch: inout ChildLaunch) throws(ConfinementError) -> Account {
        guard let account = Account(user) else { throw .noUser(user) }
        guard geteuid() == 0 || geteuid() == account.userID else { throw .notRoot(user: user) }
        launch.environment["HOME"] = account.home ?? "/"
        launch.environment["USER"] = account.name ?? user
        launch.environment["LOGNAME"] = account.name ?? user
        if geteuid() == 0, let directory = launch.runDirectory { Ownership.give(directory, to: account) }
        return account
    }

    // MARK: - What comes of them

    private func pass(_ event: ExecutorEvent) -> ExecutorEvent {
        guard case .ended(let name, let end) = event, contains(name) else { return event }
        return .ended(name, settled(end, of: name))
    }

    private func contains(_ name: ChildName) -> Bool { known.withLock { $0[name] != nil } }

    /// The end with what its group knows. A message says which limit it was, where only a signal does.
    private func settled(_ end: ChildEnd, of name: ChildName) -> ChildEnd {
        let told = end.end
        if let bytes = SmallFile.read(refusalPath(name)), !bytes.isEmpty {
            let refusal = AttemptEnd(.notStarted, at: told.at, message: String(decoding: bytes, as: UTF8.self))
            return ChildEnd(refusal, outputEnd: end.outputEnd)
        }
        var message = told.message
        if told.cause == .signaled(Int(SIGXCPU)) { message = message ?? "it has used up its cpu_time" }
        guard let use = groups?.use(of: name.description), use.peakMemoryBytes != nil else {
            return ChildEnd(AttemptEnd(told, message: message), outputEnd: end.outputEnd)
        }
        let hasFailed = told.cause != .exited(code: 0)
        let settled = AttemptEnd(
            told.cause, at: told.at, message: message, cpu: use.cpu ?? told.cpu,
            peakMemoryBytes: use.peakMemoryBytes ?? told.peakMemoryBytes, wasOutOfMemory: use.wasStarved && hasFailed)
        return ChildEnd(settled, outputEnd: end.outputEnd)
    }

    // MARK: - Passed on

    /// Forgets one that has ended, and removes its group.
    public func acknowledge(_ child: ChildName) {
        processes.acknowledge(child)
        guard known.withLock({ $0.removeValue(forKey: child) }) != nil else { return }
        for file in [path(child), refusalPath(child)] { unlink(file) }
        groups?.remove(child.description)
    }

    /// As the other executor does.
    public func stop(_ child: ChildName, grace: Duration) { processes.stop(child, grace: grace) }
    /// As the other executor does.
    public func renew(_ attempts: [AttemptKey], deadline: Duration) { processes.renew(attempts, deadline: deadline) }
    /// As the other executor does.
    public func limit(_ attempts: [AttemptKey], deadline: Duration) { processes.limit(attempts, deadline: deadline) }
    /// As the other executor does.
    public func output(of child: ChildName) -> any OutputReader { processes.output(of: child) }
    /// As the other executor does.
    public func close(stoppingChildren: Bool) async { await processes.close(stoppingChildren: stoppingChildren) }

    private func path(_ name: ChildName) -> String { "\(directory)/\(name).confined" }
    private func refusalPath(_ name: ChildName) -> String { "\(directory)/\(name).refusal" }
}

extension AttemptEnd {
    fileprivate init(_ end: AttemptEnd, message: String?) {
        self.init(
            end.cause, at: end.at, message: message, cpu: end.cpu, peakMemoryBytes: end.peakMemoryBytes,
            wasOutOfMemory: end.wasOutOfMemory)
    }
}

/// Whose files a run's directory holds.
enum Ownership {
    /// Gives a folder and all below it to a user, and lets others pass the two folders above it, which are the agent's.
    static func give(_ path: String, to account: Account) {
        let parents = path.split(separator: "/").map(String.init)
        for count in 1...2 where parents.count > count {
            let parent = "/" + parents.dropLast(count).joined(separator: "/")
            var information = stat()
            if stat(parent, &information) == 0 { chmod(parent, information.st_mode & 0o7777 | 0o011) }
        }
        hand(path, to: account)
    }

    private static func hand(_ path: String, to account: Account) {
        var information = stat()
        guard lstat(path, &information) == 0, lchown(path, account.userID, account.groupID) == 0 else { return }
        guard information.st_mode & S_IFMT == S_IFDIR, let listing = opendir(path) else { return }
        defer { closedir(listing) }
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { hand("\(path)/\(name)", to: account) }
        }
    }
}

import APIClient
import DeploymentDocument
import Domain
import JSON
import Synchronization

/// What is started for somebody at this machine.
struct DevPlan: Sendable {
    /// Where the API listens.
    var http: DevEndpoint
    /// Where agents connect.
    var agents: DevEndpoint
    /// The folder in which everything is kept.
    var data: String
    /// How many runs execute at once, for each pool.
    var slots: Int?
    /// An agent serves each of them.
    var pools = [WorkPool.standardName]
    /// What the agents say of themselves.
    var labels: [String: String] = [:]
    /// How long a program may take to end, with what it executes, before it is ended by force.
    var patience: Duration = .seconds(20)
}

/// A server and agents that were started together, and end together.
final class DevSession: Sendable {
    private struct Programs {
        var started: [ChildProgram] = []
        var areEnding = false
    }

    private let plan: DevPlan
    private let surroundings: Surroundings
    let connection: APIConnection
    private let programs = Mutex(Programs())
    private let lock = Mutex<FolderLock?>(nil)

    private static let readyPatience: Duration = .seconds(30)
    private static let step: Duration = .milliseconds(50)

    init(_ plan: DevPlan, surroundings: Surroundings) {
        self.plan = plan
        self.surroundings = surroundings
        let host = plan.http.host == "0.0.0.0" ? "127.0.0.1" : plan.http.host
        connection = APIConnection(
            url: "http://\(host):\(plan.http.port)/api", userAgent: "sluice/\(Release.version)",
            // What the server is going to demand.
            authString: surroundings.variable("SLUICE_SERVER_AUTH_STRING")
                ?? surroundings.variable("PREFECT_SERVER_API_AUTH_STRING"))
    }

    var apiURL: String { connection.url }

    // MARK: Beginning

    /// Starts the programs, and waits until they are ready.
    ///
    /// - Throws: `CommandFailure`, which says what stands in the way.
    func begin() async throws {
        let files = DevFiles(surroundings: surroundings)
        let (serverPath, agentPath) = (try files.program("sluice-server"), try files.program("sluice-agent"))
        try FileSystem.makeFolder(plan.data)
        let lock = try FolderLock(plan.data)
        self.lock.withLock { $0 = lock }
        let server = try start(
            "server", serverPath,
            ["--http", "\(plan.http)", "--agents", "\(plan.agents)", "--data", "\(plan.data)/server"])
        try await wait(for: server, "the server is not ready") { await self.isOurServerReady() }
        for (number, pool) in plan.pools.enumerated() {
            if pool != WorkPool.standardName { try await makePool(pool) }
            let name = number == 0 ? "agent" : "agent-\(number + 1)"
            let agent = try start(name, agentPath, arguments(ofAgent: name, pool))
            try await wait(for: agent, "the agent has not reached the server") {
                await (try? self.connection.agents().count { $0.isOnline } > number) ?? false
            }
        }
    }

    private func makePool(_ name: String) async throws {
        do {
            _ = try await connection.pool(name)
        } catch {
            guard error.isNotFound else { throw error }
            _ = try await connection.createPool(["name": .string(name)])
        }
    }

    private func arguments(ofAgent name: String, _ pool: String) -> [String] {
        var arguments = [
            "--server", "\(plan.agents)", "--data", "\(plan.data)/\(name)", "--on-exit", "stop",
        ]
        if pool != WorkPool.standardName { arguments += ["--pool", pool] }
        if let slots = plan.slots { arguments += ["--slots", "\(slots)"] }
        for (label, value) in plan.labels.sorted(by: { $0.key < $1.key }) {
            arguments += ["--label", "\(label)=\(value)"]
        }
        return arguments
    }

    private func start(_ name: String, _ path: String, _ arguments: [String]) throws -> ChildProgram {
        try programs.withLock { programs in
            // None is started behind the back of those who end them.
            if programs.areEnding { throw CancellationError() }
            let program = try ChildProgram(
                name: name, path: path, arguments: arguments, logFile: "\(plan.data)/\(name).log")
            programs.started.append(program)
            return program
        }
    }

    /// Another server may be listening where ours cannot: that one keeps other data.
    private func isOurServerReady() async -> Bool {
        guard await connection.isReady(), let server = try? await connection.server() else { return false }
        guard let folder = server.dataDirectory else { return true }
        return FileSystem.resolved(folder) == FileSystem.resolved("\(plan.data)/server")
    }

    private func wait(
        for program: ChildProgram, _ complaint: String, _ condition: () async -> Bool
    ) async throws {
        var waited: Duration = .zero
        while !program.hasEnded {
            if await condition() { return }
            guard waited < Self.readyPatience else {
                throw failure(of: program, "\(complaint) after \(Self.readyPatience.components.seconds) s")
            }
            try await Task.sleep(for: Self.step)
            waited += Self.step
        }
        throw failure(of: program, "the \(program.name) has ended with \(await program.waitForEnd())")
    }

    private func failure(of program: ChildProgram, _ complaint: String) -> CommandFailure {
        let lines = program.lastLines(10).map { "  \(TerminalText.line($0))" }.joined(separator: "\n")
        return .failed("\(complaint). The end of \(program.logFile):\n\(lines.isEmpty ? "  (nothing)" : lines)")
    }

    /// Registers the samples that there are; one that cannot be is told of, and left out.
    func deploySamples() async -> [DeploymentDefinition] {
        let folders = DevFiles(surroundings: surroundings).samples
        var deployer = Deployer(connection: connection)
        var samples: [DeploymentDefinition] = []
        for folder in folders {
            do {
                for definition in try DocumentReader.read(folder).deployments {
                    _ = try await deployer.deploy(definition)
                    samples.append(definition)
                }
            } catch {
                surroundings.console.note("The sample in \(folder) is left out: \(CommandFailure(error).description)")
            }
        }
        return samples
    }

    // MARK: Being there

    /// Does something with the programs until it is done or somebody presses ctrl-C, and ends them. A second ctrl-C ends
    /// them by force.
    ///
    /// - Parameters:
    ///   - interruptions: where ctrl-C is told of.
    ///   - farewell: what is said when somebody has pressed it.
    /// - Throws: what `work` throws.
    /// - Returns: nothing if it was interrupted.
    func live<Value: Sendable>(
        until interruptions: AsyncStream<Int32>, farewell: String? = nil,
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value? {
        let (asked, ask) = AsyncStream.makeStream(of: Void.self)
        let listener = Task {
            var first: Timestamp?
            for await _ in interruptions {
                let now = surroundings.now()
                ask.finish()
                // Some wrappers pass on a ctrl-C that has reached us already: one press is not two.
                if let first, now - first > .seconds(1) { kill() }
                first = first ?? now
            }
        }
        defer { listener.cancel() }
        return try await withTaskGroup(of: Result<Value?, any Error>.self) { group in
            group.addTask {
                for await _ in asked {}
                return .success(nil)
            }
            group.addTask {
                do { return .success(try await work()) } catch { return .failure(error) }
            }
            let first = await group.next() ?? .success(nil)
            group.cancelAll()
            if case .success(.none) = first, let farewell { surroundings.console.note(farewell) }
            await end()
            return first
        }.get()
    }

    /// Shows what the logs say that is worth a look, until the task is cancelled.
    func watchLogs() async {
        await withTaskGroup(of: Void.self) { group in
            for program in programs.withLock(\.started) {
                group.addTask { await LogWatch(program: program, console: self.surroundings.console).run() }
            }
        }
    }

    /// Waits until one of the programs ends by itself.
    func firstEnd() async -> CommandFailure {
        let (ends, announce) = AsyncStream.makeStream(of: CommandFailure.self)
        for program in programs.withLock(\.started) {
            // Not a child task: those that go on are not waited for.
            Task {
                let end = await program.waitForEnd()
                announce.yield(self.failure(of: program, "the \(program.name) has ended with \(end)"))
            }
        }
        return await ends.first { _ in true } ?? .failed("interrupted")
    }

    // MARK: Ending

    /// The agents first, so that the server hears of their runs' ends.
    private func end() async {
        let started = programs.withLock { programs in
            programs.areEnding = true
            return programs.started
        }
        for program in started.reversed() { await program.stop(within: plan.patience) }
    }

    /// Without waiting for anything.
    private func kill() {
        for program in programs.withLock(\.started) { program.kill() }
    }
}

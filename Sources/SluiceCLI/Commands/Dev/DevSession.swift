import APIClient
import DeploymentDocument
import Domain
import JSON
import Synchronization

/// A server and an agent that were started together, and end together.
final class DevSession: Sendable {
    private let command: DevCommand
    private let data: String
    private let surroundings: Surroundings
    private let connection: APIConnection
    private let programs = Mutex<[ChildProgram]>([])
    private let lock = Mutex<FolderLock?>(nil)

    private static let readyPatience: Duration = .seconds(30)
    private static let stopPatience: Duration = .seconds(20)
    private static let step: Duration = .milliseconds(50)

    init(command: DevCommand, data: String, surroundings: Surroundings) {
        self.command = command
        self.data = data
        self.surroundings = surroundings
        let host = command.http.host == "0.0.0.0" ? "127.0.0.1" : command.http.host
        connection = APIConnection(
            url: "http://\(host):\(command.http.port)/api", userAgent: "sluice/\(Release.version)",
            // What the server is going to demand.
            authString: surroundings.variable("SLUICE_SERVER_AUTH_STRING")
                ?? surroundings.variable("PREFECT_SERVER_API_AUTH_STRING"))
    }

    var apiURL: String { connection.url }

    // MARK: Beginning

    /// Starts both, waits until they are ready, and registers the samples.
    ///
    /// - Throws: `CommandFailure`, which says what stands in the way.
    /// - Returns: the samples that can be run.
    func begin() async throws -> [DeploymentDefinition] {
        let files = DevFiles(surroundings: surroundings)
        let (serverPath, agentPath) = (try files.program("sluice-server"), try files.program("sluice-agent"))
        try FileSystem.makeFolder(data)
        let lock = try FolderLock(data)
        self.lock.withLock { $0 = lock }
        let server = try start(
            "server", serverPath,
            ["--http", "\(command.http)", "--agents", "\(command.agents)", "--data", "\(data)/server"])
        try await wait(for: server, "the server is not ready") { await self.isOurServerReady() }
        var arguments = [
            "--server", "\(command.agents)", "--data", "\(data)/agent", "--on-exit", "stop",
        ]
        if let slots = command.slots { arguments += ["--slots", "\(slots)"] }
        let agent = try start("agent", agentPath, arguments)
        try await wait(for: agent, "the agent has not reached the server") {
            await (try? self.connection.agents().contains { $0.isOnline }) ?? false
        }
        return await deploySamples(files.samples)
    }

    private func start(_ name: String, _ path: String, _ arguments: [String]) throws -> ChildProgram {
        let program = try ChildProgram(
            name: name, path: path, arguments: arguments, logFile: "\(data)/\(name).log")
        programs.withLock { $0.append(program) }
        return program
    }

    /// Another server may be listening where ours cannot: that one keeps other data.
    private func isOurServerReady() async -> Bool {
        guard await connection.isReady(), let server = try? await connection.server() else { return false }
        guard let folder = server.dataDirectory else { return true }
        return FileSystem.resolved(folder) == FileSystem.resolved("\(data)/server")
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

    private func deploySamples(_ folders: [String]) async -> [DeploymentDefinition] {
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

    /// Shows what the logs say that is worth a look, until the task is cancelled.
    func watchLogs() async {
        await withTaskGroup(of: Void.self) { group in
            for program in programs.withLock({ $0 }) {
                group.addTask { await LogWatch(program: program, console: self.surroundings.console).run() }
            }
        }
    }

    /// Waits until one of the programs ends by itself.
    func firstEnd() async -> CommandFailure? {
        let (ends, announce) = AsyncStream.makeStream(of: CommandFailure.self)
        for program in programs.withLock({ $0 }) {
            // Not a child task: those that go on are not waited for.
            Task {
                let end = await program.waitForEnd()
                announce.yield(self.failure(of: program, "the \(program.name) has ended with \(end)"))
            }
        }
        return await ends.first { _ in true }
    }

    // MARK: Ending

    /// The agent first, so that the server hears of its runs' ends.
    func end() async {
        for program in programs.withLock({ $0.reversed() }) { await program.stop(within: Self.stopPatience) }
    }

    /// Without waiting for anything.
    func kill() {
        for program in programs.withLock({ $0 }) { program.kill() }
    }
}

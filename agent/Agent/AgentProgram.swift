import AgentRuntime
import Containers
import Domain
import Executors
import Glibc
import Logging

/// Puts the agent together and runs it.
struct AgentProgram {
    let configuration: AgentConfiguration
    let dataDirectory: String
    let logLevel: Logger.Level
    let onExit: Leaving
    let dockerHost: String?
    let registryFile: String?
    /// Graphics processors that runs have to themselves.
    let devices: [String]

    /// - Returns: The exit code.
    func run() async -> Int32 {
        var logger = Logger(label: "agent") { _ in LineLogHandler() }
        logger.logLevel = logLevel
        do {
            let loop = try await makeLoop(logger)
            EndSignals.watch { loop.leave(onExit) }
            let reason = try await loop.run()
            return report(reason, logger)
        } catch {
            logger.error("\(error)")
            return 1
        }
    }

    private func makeLoop(_ logger: Logger) async throws -> AgentLoop {
        var random = SystemRandomNumberGenerator()
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let now = Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
        let data = try AgentData(directory: dataDirectory, at: now, from: &random)
        let executable = Host.executable ?? CommandLine.arguments[0]
        let processes = ProcessExecutor(
            directory: data.supervisor, captures: data.captures, launch: [executable, "supervise", data.supervisor],
            warn: { logger.error("\($0)") }, tell: { logger.info("\($0)") })
        let groups = ControlGroups.find(name: "sluice-\(data.agentID)")
        let confined = ConfinedExecutor(
            processes: processes, directory: data.containers, program: [executable, ConfineCommand.name],
            groups: groups)
        let containers = ContainerExecutor(
            processes: confined, directory: data.containers, agent: data.agentID.description,
            program: [executable, ContainCommand.name], locate: engineLocation,
            registryFile: registryFile, warn: { logger.error("\($0)") })
        let executor: any RunExecutor =
            devices.isEmpty
            ? containers : DeviceExecutor(runs: containers, devices: devices, directory: data.containers)
        if let registryFile {
            // What is wrong with it is better known now than with the first run.
            let helpers = try RegistryFile(registryFile).unaskedHelpers
            if !helpers.isEmpty {
                logger.warning("\(registryFile): \(helpers.joined(separator: ", ")) will not be asked for logins")
            }
        }
        var configuration = configuration
        if let engine = await describeEngine(logger) {
            // By these people see, and the server knows, which agents execute containers.
            configuration.labels[ExecutionSpec.containerLabel] = "true"
            configuration.labels["sluice.engine"] = engine
        }
        configuration.labels["sluice.limits"] = groups?.version.rawValue ?? "rlimit"
        let agent = "agent \(configuration.name) (\(data.agentID))"
        logger.info("\(agent), \(configuration.slots) slots, pool \(configuration.pool), data in \(data.directory)")
        return try AgentLoop(configuration: configuration, data: data, executor: executor, logger: logger)
    }

    private var engineLocation: @Sendable () throws -> EngineAddress? {
        { [dockerHost] in
            guard dockerHost != "none" else { return nil }
            return try dockerHost.map { try EngineAddress($0) } ?? EngineAddress.find(environment: Host.environment)
        }
    }

    /// The engine for containers, if there is one that answers.
    private func describeEngine(_ logger: Logger) async -> String? {
        do {
            guard let address = try engineLocation() else { return nil }
            let version = try await ContainerEngine(address).version()
            logger.info("containers: \(version) at \(address.socket)")
            return version
        } catch {
            logger.warning("no containers here: \(error)")
            return nil
        }
    }

    private func report(_ reason: AgentExit, _ logger: Logger) -> Int32 {
        switch reason {
        case .left, .drained:
            logger.info("\(reason)")
            return 0
        case .refused:
            logger.error("\(reason)")
            return 1
        }
    }
}

import AgentRuntime
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

    /// - Returns: The exit code.
    func run() async -> Int32 {
        var logger = Logger(label: "agent") { _ in LineLogHandler() }
        logger.logLevel = logLevel
        do {
            let loop = try makeLoop(logger)
            EndSignals.watch { loop.leave(onExit) }
            let reason = try await loop.run()
            return report(reason, logger)
        } catch {
            logger.error("\(error)")
            return 1
        }
    }

    private func makeLoop(_ logger: Logger) throws -> AgentLoop {
        var random = SystemRandomNumberGenerator()
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let now = Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
        let data = try AgentData(directory: dataDirectory, at: now, from: &random)
        let executor = ProcessExecutor(
            directory: data.supervisor, captures: data.captures,
            launch: [Host.executable ?? CommandLine.arguments[0], "supervise", data.supervisor],
            warn: { logger.error("\($0)") }, tell: { logger.info("\($0)") })
        let agent = "agent \(configuration.name) (\(data.agentID))"
        logger.info("\(agent), \(configuration.slots) slots, pool \(configuration.pool), data in \(data.directory)")
        return try AgentLoop(configuration: configuration, data: data, executor: executor, logger: logger)
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

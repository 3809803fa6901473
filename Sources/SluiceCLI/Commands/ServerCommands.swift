import APIClient
import ArgumentParser
import Domain
import JSON

/// `sluice server`
struct ServerCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "server", abstract: "The server itself, and its data.",
        discussion: """
            EXAMPLES
              sluice server --data /var/lib/sluice                     start it; 'server start' for long
              sluice server backup monday.sluice --data /var/lib/sluice
              sluice server status                                     of one that runs, wherever it is
            """,
        subcommands: [StartServer.self, ServerStatus.self], defaultSubcommand: StartServer.self)
}

/// `sluice server status`
struct ServerStatus: DetailCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say whether the server is there, and what it has to do; the exit code is 3 if it is not.",
        discussion: """
            EXAMPLES
              sluice server status
              sluice server status --api http://build-1:4200/api --json
            """)

    @OptionGroup var server: ServerOptions

    func element(from connection: APIConnection) async throws -> ServerResource { try await connection.server() }

    func describe(
        _ status: ServerResource, in sheet: inout FactSheet, at now: Timestamp, _ connection: APIConnection
    ) async throws {
        let isReady = await connection.isReady()
        sheet.add("Server", connection.url)
        sheet.add("Status", isReady ? "ready" : "not ready", isReady ? .green : .red)
        sheet.add("Version", status.version)
        sheet.add("Started", status.started, at: now)
        sheet.add("Data", status.dataDirectory)
        sheet.add("Agents", "\(status.agentsOnline) online, at \(status.agentEndpoint)")
        sheet.add(runs: status.runs)
        let closed = try await connection.queues().filter(\.isPaused).map { "\($0.poolName ?? "")/\($0.name)" }
        let pools = try await connection.pools().filter(\.isPaused).map(\.name)
        sheet.add("Paused", (pools + closed).joined(separator: ", "), .yellow)
    }
}

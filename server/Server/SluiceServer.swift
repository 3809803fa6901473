import AgentGateway
import Backups
import Domain
import Glibc
import Logging
import NIOCore
import Orchestration
import RESTAPI
import Secrets
import ServiceLifecycle
import Storage
import StorageSQLite
import UnixSignals
import ZeroMQ

/// A server made from its configuration: the parts, opened in their order, and how they run together.
struct SluiceServer {
    private let orchestrator: Orchestrator
    private let gateway: Gateway
    private let api: APIServer
    private let apiPorts: AsyncStream<Int>
    private let apiURL: @Sendable (Int) -> String
    private let database: SQLiteDatabase
    private let logFolder: SQLiteLogFolder
    private let retention: RetentionOptions
    private let http: Endpoint
    private let logger: Logger

    /// Opens everything that can be refused: the data, the ports.
    ///
    /// - Throws: `StartFailure`, which says what stands in the way.
    init(_ command: ServerCommand, logger: Logger) throws(StartFailure) {
        (self.logger, http, retention) = (logger, command.http, command.retention)
        let data = try Self.openDirectory(command.data.path)
        let entropy = Entropy()
        let surroundings = Self.surroundings(of: data, entropy)
        let credentialKey: SecretKey
        do {
            credentialKey = try Self.openCredentialKey(data, entropy)
            database = try SQLiteDatabase(path: data.database, schema: .main)
            logFolder = try SQLiteLogFolder(path: data.logs, adopting: data.formerLogs, at: surroundings.now)
            orchestrator = Orchestrator(
                database: database, logs: LogStore(logFolder), bundles: try BundleStore(directory: data.bundles),
                surroundings: surroundings, vault: try Self.openVault(data, entropy),
                credentials: AttemptCredentials(credentialKey))
        } catch {
            throw StartFailure("cannot open the data in \(data.path): \(error)")
        }
        gateway = try Self.openGateway(command, orchestrator, logger)
        let (agents, http) = (Self.endpoint(of: gateway) ?? command.agents, http)
        let (ports, announce) = AsyncStream.makeStream(of: Int.self)
        apiPorts = ports
        apiURL = { [publicURL = command.publicURL] port in
            publicURL ?? "http://\(Endpoint(host: http.connectable.host, port: port))/api"
        }
        var configuration = RESTConfiguration(
            host: http.host, port: http.port, publicURL: command.publicURL,
            agentEndpoint: agents.connectable.description, version: Release.version,
            allowedHosts: command.allowedHost, started: orchestrator.now, dataDirectory: data.path)
        try Self.complete(&configuration, command, credentialKey)
        api = APIServer(orchestrator, configuration: configuration, logger: logger) { port in
            logger.notice(
                "sluice-server \(Release.version) is ready",
                metadata: [
                    "api": "http://\(Endpoint(host: http.host, port: port))/api", "agents": "\(agents)",
                    "data": "\(data.path)",
                ])
            announce.yield(port)
        }
    }

    private static func endpoint(of gateway: Gateway) -> Endpoint? {
        Endpoint(argument: String(gateway.boundEndpoint.dropFirst("tcp://".count)))
    }

    private static func complete(
        _ configuration: inout RESTConfiguration, _ command: ServerCommand, _ key: SecretKey
    ) throws(StartFailure) {
        configuration.authString = try command.access.authString()
        configuration.clientTokens = command.access.clientTokens(key)
        configuration.connections = command.connections(files: OpenFiles.raiseLimit())
        configuration.prefectUI = try openUI(command)
    }

    private static func openUI(_ command: ServerCommand) throws(StartFailure) -> PrefectUI? {
        guard let directory = command.prefectUI else { return nil }
        do throws(PrefectUIFailure) {
            return try PrefectUI(directory: directory)
        } catch {
            throw StartFailure(error.description)
        }
    }

    /// The key that secrets are sealed with is made once, before there is anything to seal: one that is lost later is
    /// not replaced by another, which could open nothing.
    private static func openVault(_ data: DataDirectory, _ entropy: Entropy) throws -> Vault {
        let file = SecretKeyFile(data.files.secretKey)
        if let key = try file.read() { return Vault(key) }
        let sealed = try SQLiteFile(data.database).read { connection in
            try Store(connection).count(in: .blockDocument, .always) + Store(connection).count(in: .hook, .always)
        }
        return Vault(sealed == 0 ? try file.create(entropy.bytes(SecretKey.size)) : nil)
    }

    private static func openCredentialKey(_ data: DataDirectory, _ entropy: Entropy) throws -> SecretKey {
        let file = SecretKeyFile(data.credentialKey)
        return try file.read() ?? file.create(entropy.bytes(SecretKey.size))
    }

    private static func surroundings(of data: DataDirectory, _ entropy: Entropy) -> Surroundings {
        Surroundings(
            clock: { SystemClock.now }, steady: { SystemClock.sinceBoot }, random: { entropy.next() },
            freeBytes: { data.freeBytes })
    }

    private static func openDirectory(_ path: String) throws(StartFailure) -> DataDirectory {
        let data = try DataDirectory(path)
        guard !data.files.isHalfRestored else {
            throw StartFailure(
                "a restore into \(data.path) was cut off: run 'sluice-server restore' again, with --replace")
        }
        return data
    }

    private static func openGateway(
        _ command: ServerCommand, _ orchestrator: Orchestrator, _ logger: Logger
    ) throws(StartFailure) -> Gateway {
        let configuration = GatewayConfiguration(
            endpoint: "tcp://\(command.agents)", serverVersion: Release.version)
        do {
            return try Gateway(orchestrator, configuration: configuration, logger: logger)
        } catch ZeroMQError.addressInUse {
            throw StartFailure(
                "port \(command.agents.port) for agents is in use on \(command.agents.host): end what uses it, or "
                    + "choose another with --agents \(command.agents.host):PORT")
        } catch {
            throw StartFailure("cannot listen for agents on \(command.agents): \(error)")
        }
    }

    /// Serves until SIGTERM or SIGINT, then ends in order: no new requests, no new work, everything on disk.
    func run() async throws {
        try await orchestrator.ensureStandardPool()
        try await orchestrator.installSystemBlocks()
        if let locked = try await orchestrator.lockedBlocks() {
            logger.error(
                "blocks cannot be opened", metadata: ["blocks": "\(locked.count)", "reason": "\(locked.reason)"])
        }
        try await orchestrator.renewAllLeases()
        try await orchestrator.discardUnfinishedBatches()
        try await orchestrator.returnHandedTasks()
        // What is started last is ended first.
        let services: [any Service] =
            loops.map { LoopService(loop: $0, orchestrator: orchestrator, logger: logger) }
            + [GatewayService(gateway: gateway, apiPorts: apiPorts, apiURL: apiURL), api]
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet(logger)))
        do {
            try await group.run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw StartFailure(
                "port \(http.port) for the API is in use on \(http.host): end what uses it, or choose another with "
                    + "--http \(http.host):PORT")
        } catch {
            throw StartFailure("the server stopped: \(error)")
        }
        try await database.close()
        try await logFolder.close()
        logger.notice("stopped")
    }

    /// Where people look at things: Prefect's pages are beside the API.
    private var pages: String {
        let url = apiURL(http.port)
        return url.hasSuffix("/api") ? String(url.dropLast("/api".count)) : url
    }

    /// All that recurs.
    private var loops: [any Loop] {
        let (messenger, portraits) = (WebMessenger(), APIPortraits(orchestrator, pages: pages))
        return [
            DueRunWaker(orchestrator), LeaseReaper(orchestrator), ClaimReaper(orchestrator),
            LateRunMarker(orchestrator), LevelWatcher(orchestrator, startedAt: orchestrator.now),
            HoldReaper(orchestrator), ReadinessTeller(orchestrator),
            ScheduleExpander(orchestrator), TriggerSweeper(orchestrator),
            ActionRunner(orchestrator, .inward, messenger: messenger, portraits: portraits),
            ActionRunner(orchestrator, .outward, messenger: messenger, portraits: portraits),
            RetentionPruner(orchestrator, limits: retention.runs, reclaiming: database),
            LogPruner(orchestrator, limits: retention.logs),
            EventPruner(orchestrator, age: retention.keepEvents.limit),
        ]
    }

    /// The life-cycle library tells of its own doings at levels meant for users' own.
    private func quiet(_ logger: Logger) -> Logger {
        var quiet = logger
        quiet.logLevel = .error
        return quiet
    }
}

import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
public import Orchestration
public import ServiceLifecycle

/// The HTTP side of the server: it serves the API until it is cancelled or shut down gracefully.
public struct APIServer: Service {
    private let orchestrator: Orchestrator
    private let configuration: RESTConfiguration
    private let logger: Logger
    private let onRunning: @Sendable (_ port: Int) async -> Void

    /// - Parameter onRunning: called with the port once the server listens.
    public init(
        _ orchestrator: Orchestrator, configuration: RESTConfiguration, logger: Logger,
        onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        self.orchestrator = orchestrator
        self.configuration = configuration
        self.logger = logger
        self.onRunning = onRunning
    }

    /// - Throws: what keeps the server from listening.
    public func run() async throws {
        let application = Application(
            router: makeRouter(), server: .http1(configuration: connections),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), serverName: "sluice", backlog: 1024),
            onServerRunning: { [onRunning] channel in await onRunning(channel.localAddress?.port ?? 0) },
            logger: logger)
        try await application.run()
    }

    private var connections: HTTP1Channel.Configuration {
        let limits = configuration.connections
        let (table, sockets) = (ConnectionTable(limit: limits.count), webSockets)
        return HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionWatch(table, limits), WebSocketDoor(sockets)],
            httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                maxHeaderFieldSize: RequestLimits.head, maxHeaderListSize: RequestLimits.head,
                maxHeaderFieldCount: RequestLimits.headFields))
    }

    private var webSockets: WebSocketEndpoints {
        let (orchestrator, door) = (orchestrator, admission)
        return WebSocketEndpoints(
            hosts: HostGuard(configuration), admission: door,
            [
                .init(path: "/api/events/in") { _ in EventsIn(orchestrator: orchestrator, door: door) },
                .init(path: "/api/events/out") { _ in EventsOut(orchestrator: orchestrator, door: door) },
                .init(path: "/api/logs/out") { _ in LogsOut(orchestrator: orchestrator, door: door) },
                .init(path: "/api/task_runs/subscriptions/scheduled") { _ in
                    ScheduledTasks(orchestrator: orchestrator, door: door)
                },
                .init(path: "/api/work_pools/{name}/workers/connect", isForPrefect: true) { name in
                    WorkerChannel(orchestrator: orchestrator, door: door, poolName: name)
                },
            ])
    }

    private var admission: Admission {
        Admission(orchestrator: orchestrator, authString: configuration.authString)
    }

    private func makeRouter() -> Router<RESTContext> {
        let metrics = RequestMetrics()
        let table = RouteTable(routes(metrics))
        let router = Router(context: RESTContext.self, options: [.autoGenerateHeadEndpoints])
        router.add(middleware: RequestRecorder(metrics: metrics, surroundings: orchestrator.surroundings))
        router.add(middleware: ErrorResponses(table: table))
        router.add(middleware: HostGuard(configuration))
        if let ui = configuration.prefectUI {
            router.add(middleware: PrefectUIFiles(ui: ui, table: table, configuration: configuration))
        }
        if let tokens = configuration.clientTokens {
            router.add(middleware: ClientTokenCheck(tokens: tokens, orchestrator: orchestrator))
        }
        router.add(middleware: SpeakerCheck(orchestrator: orchestrator, door: admission))
        router.add(middleware: VersionCheck())
        for route in table.routes { route.add(to: router) }
        return router
    }

    private func routes(_ metrics: RequestMetrics) -> [Route] {
        let api: [any Controller] = [
            ServerController(orchestrator: orchestrator, configuration: configuration),
            FlowsController(orchestrator: orchestrator), DeploymentsController(orchestrator: orchestrator),
            SchedulesController(orchestrator: orchestrator), BackfillsController(orchestrator: orchestrator),
            FlowRunsController(orchestrator: orchestrator, configuration: configuration),
            RunSetsController(orchestrator: orchestrator), OverviewController(orchestrator: orchestrator),
            FlowRunStatesController(orchestrator: orchestrator), LogsController(orchestrator: orchestrator),
            WorkPoolsController(orchestrator: orchestrator), WorkQueuesController(orchestrator: orchestrator),
            WorkersController(orchestrator: orchestrator), AgentsController(orchestrator: orchestrator),
            ConcurrencyLimitsController(orchestrator: orchestrator), TagLimitsController(orchestrator: orchestrator),
            BatchesController(orchestrator: orchestrator, configuration: configuration),
            BundlesController(orchestrator: orchestrator), TaskRunsController(orchestrator: orchestrator),
            EventsController(orchestrator: orchestrator, configuration: configuration),
            BlockTypesController(orchestrator: orchestrator), BlockSchemasController(orchestrator: orchestrator),
            AutomationsController(orchestrator: orchestrator), DeliveriesController(orchestrator: orchestrator),
            HooksController(orchestrator: orchestrator), SensorsController(orchestrator: orchestrator),
            BlockDocumentsController(orchestrator: orchestrator), VariablesController(orchestrator: orchestrator),
            ArtifactsController(orchestrator: orchestrator), SavedSearchesController(orchestrator: orchestrator),
            FlowRunInputsController(orchestrator: orchestrator), SchemasController(orchestrator: orchestrator),
            AdminController(orchestrator: orchestrator, configuration: configuration),
        ]
        let root = MetricsController(orchestrator: orchestrator, requests: metrics, version: configuration.version)
        let routes = api.flatMap(\.routes)
        let description = DescriptionController(of: routes, version: configuration.version)
        return (routes + description.routes).map { $0.under("/api") } + root.routes
    }
}

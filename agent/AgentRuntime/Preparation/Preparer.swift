import Bundles
import Domain
import Wire

/// Makes ready what an attempt needs: its code, its Python environment, its directory and its variables.
struct Preparer: Sendable {
    let directories: RunDirectories
    let environment: RunEnvironment
    let bundles: BundleFetcher
    let code: CodeFetcher
    let python: PythonEnvironments
    let prefect: PrefectFlows

    /// Whether nothing has to be waited for.
    func isQuick(_ assignment: Assignment) -> Bool {
        !assignment.hasCode && (assignment.python == nil || assignment.container != nil)
    }

    /// What is to be executed, but for its deadline.
    func prepareQuickly(_ assignment: Assignment, apiURL: String) throws(PreparationError) -> ChildLaunch {
        try launch(assignment, apiURL: apiURL, code: nil, virtualEnvironment: nil)
    }

    /// - Parameter willTake: Told what takes so long, when it does.
    /// - Returns: what is to be executed, and which code it has.
    func prepare(
        _ assignment: Assignment, apiURL: String, willTake: @escaping @Sendable (String) -> Void
    ) async throws(PreparationError) -> (launch: ChildLaunch, codeRevision: String?) {
        let code = try await code(of: assignment, willTake: willTake)
        var virtualEnvironment: String?
        if let wanted = assignment.python, assignment.container == nil {
            virtualEnvironment = try await python.environment(for: wanted) { willTake("making the Python environment") }
        }
        defer { withExtendedLifetime(code) {} }
        let launch = try launch(
            assignment, apiURL: apiURL, code: code?.lease.directory, virtualEnvironment: virtualEnvironment)
        return (launch, code?.revision)
    }

    private func code(
        of assignment: Assignment, willTake: @escaping @Sendable (String) -> Void
    ) async throws(PreparationError) -> CodeFetcher.Code? {
        if let source = assignment.code { return try await code.code(from: source, willFetch: willTake) }
        guard let bundle = assignment.bundle else { return nil }
        let lease = try await bundles.lease(bundle) { willTake("fetching the code (\(bundle.size) bytes)") }
        return CodeFetcher.Code(lease: lease, revision: "sha256:\(bundle.digest)")
    }

    private func launch(
        _ assignment: Assignment, apiURL: String, code: String?, virtualEnvironment: String?
    ) throws(PreparationError) -> ChildLaunch {
        let assignment = prefect.expanded(assignment)
        if let spec = assignment.container {
            return try containerLaunch(assignment, spec, apiURL: apiURL, code: code)
        }
        let variables = environment.variables(
            for: assignment, apiURL: apiURL, in: directories.directory(of: assignment.key),
            virtualEnvironment: virtualEnvironment)
        var launch = ChildLaunch(
            name: .attempt(assignment.key), arguments: assignment.arguments, environment: variables, directory: "",
            timeout: assignment.timeout, grace: assignment.grace)
        launch.limits = assignment.limits
        launch.user = assignment.user
        launch.graphicsProcessors = assignment.graphicsProcessors
        if let flow = assignment.prefectFlow { try prefect.complete(&launch, for: flow) }
        try RunEnvironment.check(arguments: launch.arguments, environment: assignment.environment)
        let directory = try directories.make(for: assignment, code: code)
        launch.runDirectory = directory.path
        launch.directory = try directory.workingDirectory(for: assignment)
        return launch
    }
}

extension Preparer {
    /// - Parameter request: sends a message if there is a session, and does nothing otherwise.
    /// - Throws: `BundleError` or `AgentDataError`.
    init(
        _ configuration: AgentConfiguration, _ data: AgentData, _ directories: RunDirectories, _ tools: ToolRunner,
        request: @escaping @Sendable (AgentMessage) -> Void
    ) throws {
        let environment = RunEnvironment(
            own: configuration.environment, agentName: configuration.name, agentID: data.agentID)
        let cache = try BundleCache(data.bundles, mostBytes: configuration.codeCacheBytes)
        self.init(
            directories: directories, environment: environment,
            bundles: BundleFetcher(
                cache: cache, directory: data.incoming, patience: configuration.timing.chunkRepeat, request: request),
            code: CodeFetcher(
                cache: cache, directory: data.incoming, tools: tools, environment: environment.forTools),
            python: PythonEnvironments(directory: data.python, tools: tools, environment: environment.forTools),
            prefect: try PrefectFlows(
                program: data.prefectFlow, python: configuration.python, keepsWarm: configuration.keepsPythonWarm,
                environment: environment.forTools))
    }
}

extension Assignment {
    /// Whether it starts in a folder with code that is made for it.
    var hasCode: Bool { bundle != nil || code != nil }
}

import APIClient
import ArgumentParser
import DeploymentDocument
import JSON

/// A deployment as people name it.
struct DeploymentArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("The deployment.", valueName: "flow/deployment"), completion: .deployments)
    var path: String

    /// The deployment, or what it might have been that was meant.
    func find(in connection: APIConnection) async throws -> DeploymentResource {
        try await Self.find(path, in: connection)
    }

    /// Lets its schedules make no runs, or lets them again.
    func setPaused(_ isPaused: Bool, _ server: ServerOptions) async throws {
        let connection = server.connection()
        let found = try await find(in: connection)
        try await connection.change(deployment: found.id, ["paused": .bool(isPaused)])
        try await report(isPaused ? "is paused: its schedules make no runs" : "is open", server, connection)
    }

    /// Says what has become of it: a sentence to people, itself to programs.
    func report(_ what: String, _ server: ServerOptions, _ connection: APIConnection) async throws {
        let console = Surroundings.current.console
        if server.json { return try console.print(try await find(in: connection).json.serialized()) }
        try console.print("The deployment '\(path)' \(what).")
    }

    static func find(_ path: String, in connection: APIConnection) async throws -> DeploymentResource {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw CommandFailure.usage(
                "'\(path)' is not FLOW/DEPLOYMENT; 'sluice deployment ls' lists what there is")
        }
        do {
            return try await connection.deployment(flow: parts[0], name: parts[1])
        } catch {
            guard error.isNotFound else { throw error }
            let known = try await connection.deployments().map(\.path)
            let hint = NearestName.hint(for: path, among: known)
            let none = known.isEmpty ? "; there is none yet: 'sluice deploy PATH' makes one" : hint
            throw CommandFailure.failed("there is no deployment '\(path)'\(none)")
        }
    }
}

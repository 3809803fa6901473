import APIClient
import ArgumentParser
import DeploymentDocument

/// A deployment as people name it.
struct DeploymentArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("The deployment.", valueName: "flow/deployment"))
    var path: String

    /// The deployment, or what it might have been that was meant.
    func find(in connection: APIConnection) async throws -> DeploymentResource {
        try await Self.find(path, in: connection)
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

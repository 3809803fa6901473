import Domain
import Wire

/// The environment of a run: the agent's own, then the deployment's, then what Sluice says.
struct RunEnvironment: Sendable {
    /// A variable may have 128 KiB on Linux; larger parameters are in their file only.
    static let parametersLimit = 96 << 10

    private let inherited: [String: String]
    private let agentName: String
    private let agentID: ID<Agent>

    /// - Parameter own: The agent's environment. What is meant for the agent itself is left out.
    init(own: [String: String], agentName: String, agentID: ID<Agent>) {
        inherited = own.filter { !$0.key.hasPrefix("SLUICE_") }
        self.agentName = agentName
        self.agentID = agentID
    }

    /// For a program of the agent's own.
    var forTools: [String: String] { inherited }

    func variables(
        for assignment: Assignment, apiURL: String, in directory: RunDirectory, virtualEnvironment: String?
    ) -> [String: String] {
        var variables = assignment.container.map(\.environment) ?? inherited
        variables["PYTHONUNBUFFERED"] = variables["PYTHONUNBUFFERED"] ?? "1"
        for (name, value) in assignment.environment { variables[name] = value }
        if let virtualEnvironment { variables.enterVirtualEnvironment(virtualEnvironment) }
        if assignment.prefectFlow != nil {
            // As Prefect's workers say who they are.
            variables["PREFECT__WORKER_NAME"] = agentName
            variables["PREFECT__WORKER_ID"] = agentID.description
        }
        let run = assignment.key.run.description
        variables["SLUICE_RUN_ID"] = run
        variables["SLUICE_RUN_NAME"] = assignment.runName
        variables["SLUICE_FLOW_NAME"] = assignment.flowName
        variables["SLUICE_DEPLOYMENT_NAME"] = assignment.deploymentName
        variables["SLUICE_ATTEMPT"] = String(assignment.key.attempt)
        variables["SLUICE_AGENT_NAME"] = agentName
        variables["SLUICE_API_URL"] = apiURL
        variables["PREFECT_API_URL"] = apiURL
        variables["PREFECT__FLOW_RUN_ID"] = run
        variables["SLUICE_STOP_FILE"] = directory.stopSign
        variables["SLUICE_PARAMETERS_FILE"] = directory.parameters
        if assignment.parameters.utf8.count <= Self.parametersLimit {
            variables["SLUICE_PARAMETERS"] = assignment.parameters
        }
        return variables
    }

    /// Refuses what no system call could pass on.
    static func check(arguments: [String], environment: [String: String]) throws(PreparationError) {
        guard let command = arguments.first, !command.isEmpty else { throw .emptyCommand }
        for argument in arguments where argument.utf8.contains(0) { throw .unpassable("an argument of \(command)") }
        for (name, value) in environment
        where name.isEmpty || name.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "=") })
            || value.utf8.contains(0)
        {
            throw .unpassable("the environment variable \(name)")
        }
    }
}

import APIClient
import ArgumentParser
import DeploymentDocument
import JSON

/// `sluice automation create`
struct CreateAutomation: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make automations of a YAML or JSON file.",
        discussion: """
            The file holds an automation as the API takes it; several stand below each other with '---' between them. \
            'deployment: FLOW/DEPLOYMENT' may stand for deployment_id, and 'block: TYPE/NAME' for block_document_id.

            EXAMPLES
              sluice automation create failures.yaml
              sluice automation create failures.yaml --replace
            """)

    @Argument(
        help: ArgumentHelp("The file.", valueName: "file"), completion: .file(extensions: ["yaml", "yml", "json"]))
    var file: String

    @Flag(help: "Put what the file says in the place of automations that are there under the same names.")
    var replace = false

    @OptionGroup var server: ServerOptions

    func run() async throws {
        let console = Surroundings.current.console
        let bodies = try bodies()
        let connection = server.connection()
        let known = try await connection.automations()
        var made: [AutomationResource] = []
        for body in bodies {
            let resolved = try await ActionNames(connection: connection).resolved(body)
            let (automation, isNew) = try await keep(resolved, known, connection)
            made.append(automation)
            if !server.json {
                try console.print("The automation '\(automation.name)' is \(isNew ? "there" : "replaced").")
            }
        }
        if server.json { try console.print(made.map(\.json).json.serialized()) }
    }

    private func bodies() throws -> [JSONObject] {
        do {
            return try ValueReader.values(of: file).map { value in
                guard let object = value.objectValue else {
                    throw CommandFailure.usage("\(file): an automation is a mapping with a name, a trigger and actions")
                }
                return object
            }
        } catch let error as InvalidDocument {
            throw CommandFailure.usage("\(error)\nNo automation was made.")
        }
    }

    private func keep(
        _ body: JSONObject, _ known: [AutomationResource], _ connection: APIConnection
    ) async throws -> (AutomationResource, isNew: Bool) {
        let namesakes = known.filter { .string($0.name) == body["name"] }
        guard let namesake = namesakes.first else {
            return (try await connection.createAutomation(.object(body)), true)
        }
        guard replace else {
            throw CommandFailure.failed(
                "there is an automation '\(namesake.name)' already; --replace puts this one in its place")
        }
        guard namesakes.count == 1 else {
            throw CommandFailure.failed(
                "\(namesakes.count) automations are called '\(namesake.name)': delete some first")
        }
        return (try await connection.replace(automation: namesake.id, .object(body)), false)
    }
}

/// Finds what actions name: deployments and blocks.
struct ActionNames {
    let connection: APIConnection

    /// The automation with ids in the places of names.
    func resolved(_ body: JSONObject) async throws -> JSONObject {
        var body = body
        for key in ["actions", "actions_on_trigger", "actions_on_resolve"] {
            guard let actions = body[key]?.arrayValue else { continue }
            var resolved: [JSONValue] = []
            for action in actions { resolved.append(try await self.action(action)) }
            body[key] = .array(resolved)
        }
        return body
    }

    private func action(_ action: JSONValue) async throws -> JSONValue {
        guard var members = action.objectValue else { return action }
        if let path = members["deployment"]?.stringValue {
            members["deployment_id"] = .string(try await DeploymentArgument.find(path, in: connection).id)
            members["deployment"] = nil
        }
        if let path = members["block"]?.stringValue {
            members["block_document_id"] = .string(try await block(path))
            members["block"] = nil
        }
        return .object(members)
    }

    private func block(_ path: String) async throws -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw CommandFailure.usage("'\(path)' is not TYPE/NAME of a block, such as slack-webhook/alerts")
        }
        do {
            return try await connection.block(type: parts[0], name: parts[1])
        } catch {
            guard error.isNotFound else { throw error }
            throw CommandFailure.failed("there is no block '\(parts[1])' of the type '\(parts[0])'")
        }
    }
}

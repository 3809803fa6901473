import APIClient
import ArgumentParser
import DeploymentDocument
import Domain
import JSON

/// `sluice flow`
struct FlowCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flow", abstract: "The units of work that somebody wrote.",
        discussion: "A flow is made with its first deployment, or with its first run by a Prefect client.",
        subcommands: [ListFlows.self, ShowFlow.self, DeleteFlow.self])
}

/// `sluice flow ls`
struct ListFlows: ListCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List flows.",
        discussion: """
            EXAMPLES
              sluice flow ls
              sluice flow ls --json
            """)

    @OptionGroup var server: ServerOptions

    func elements(from connection: APIConnection) async throws -> [FlowResource] { try await connection.flows() }

    func messageForNone(_ connection: APIConnection) -> String {
        "No flows yet. A deployment makes one: sluice deploy PATH"
    }

    func columns(at now: Timestamp) -> [ListColumn<FlowResource>] {
        [
            ListColumn("FLOW", narrowest: 8) { Table.Cell($0.name) },
            ListColumn("MADE") { .time($0.created, at: now) },
            ListColumn("TAGS", narrowest: 8) { Table.Cell($0.tags.joined(separator: " ")) },
        ]
    }
}

/// `sluice flow show`
struct ShowFlow: DetailCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a flow: its deployments, and how many runs it has had.",
        discussion: """
            EXAMPLES
              sluice flow show report
            """)

    @OptionGroup var flow: FlowArgument
    @OptionGroup var server: ServerOptions

    func element(from connection: APIConnection) async throws -> FlowResource { try await flow.find(in: connection) }

    func describe(
        _ flow: FlowResource, in sheet: inout FactSheet, at now: Timestamp, _ connection: APIConnection
    ) async throws {
        let uses = try await FlowUses(of: flow, connection)
        sheet.add("Flow", flow.name)
        sheet.add("Id", flow.id)
        sheet.add("Made", flow.created, at: now)
        sheet.add("Tags", flow.tags.joined(separator: ", "))
        sheet.add("Deployments", uses.deployments.isEmpty ? "none" : uses.deployments.joined(separator: ", "))
        sheet.add("Runs", HumanAmount.count(uses.runs))
    }
}

/// `sluice flow delete`
struct DeleteFlow: DeleteCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a flow that has no deployments and no runs.",
        discussion: """
            EXAMPLES
              sluice flow delete report
            """)

    @OptionGroup var flow: FlowArgument
    @OptionGroup var consent: Consent
    @OptionGroup var server: ServerOptions

    func doomed(_ connection: APIConnection) async throws -> Doomed {
        let found = try await flow.find(in: connection)
        let uses = try await FlowUses(of: found, connection)
        guard uses.deployments.isEmpty, uses.runs == 0 else {
            throw CommandFailure.failed(
                """
                the flow '\(found.name)' still has \(HumanAmount.of(uses.deployments.count, "deployment")) and \
                \(HumanAmount.of(uses.runs, "run")), which would be lost with it: delete them first
                """)
        }
        return Doomed(
            what: "the flow '\(found.name)'", consequences: ["It has no deployments and no runs."], json: found.json
        ) { try await connection.delete(flow: found.id) }
    }
}

/// A flow as people name it.
struct FlowArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("The flow.", valueName: "flow"), completion: .flows)
    var name: String

    func find(in connection: APIConnection) async throws -> FlowResource {
        do {
            return try await connection.flow(name)
        } catch {
            guard error.isNotFound else { throw error }
            let known = try await connection.flows().map(\.name)
            throw CommandFailure.failed("there is no flow '\(name)'\(NearestName.hint(for: name, among: known))")
        }
    }
}

/// What there is of a flow.
private struct FlowUses {
    let deployments: [String]
    let runs: Int

    init(of flow: FlowResource, _ connection: APIConnection) async throws {
        let filter: JSONObject = ["flows": ["id": ["any_": [.string(flow.id)]]]]
        deployments = try await connection.deployments(filter).map(\.name)
        runs = try await connection.countRuns(filter)
    }
}

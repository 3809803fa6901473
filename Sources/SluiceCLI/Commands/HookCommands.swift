import APIClient
import ArgumentParser
import DeploymentDocument
import Domain
import JSON

/// `sluice hook`
struct HookCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hook", abstract: "Doors through which other servers tell of events and start runs.",
        subcommands: [
            ListHooks.self, ShowHook.self, CreateHook.self, PauseHook.self, ResumeHook.self, DeleteHook.self,
            TestHook.self,
        ])
}

/// `sluice hook ls`
struct ListHooks: ListCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List hooks.",
        discussion: """
            EXAMPLES
              sluice hook ls
            """)

    @OptionGroup var server: ServerOptions

    func elements(from connection: APIConnection) async throws -> [HookResource] { try await connection.hooks() }

    func messageForNone(_ connection: APIConnection) -> String {
        "No hooks yet. Make one: sluice hook create NAME --scheme github"
    }

    func columns(at now: Timestamp) -> [ListColumn<HookResource>] {
        [
            ListColumn("HOOK", narrowest: 8) { Table.Cell($0.name) },
            ListColumn("STATUS") { .gate(isPaused: !$0.isEnabled) },
            ListColumn("SIGNED") { $0.scheme == "none" ? Table.Cell("no", .yellow) : Table.Cell($0.scheme) },
            ListColumn("EVENT", narrowest: 8) { Table.Cell($0.eventName) },
            ListColumn("RUNS") { Table.Cell($0.deploymentID == nil ? "" : "yes") },
            ListColumn("ABOUT", narrowest: 8) { Table.Cell($0.description) },
        ]
    }
}

/// `sluice hook show`
struct ShowHook: DetailCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a hook: its address, how it is signed, what it does.",
        discussion: """
            EXAMPLES
              sluice hook show pushes
            """)

    @OptionGroup var hook: HookArgument
    @OptionGroup var server: ServerOptions

    func element(from connection: APIConnection) async throws -> HookResource { try await hook.find(in: connection) }

    func describe(
        _ hook: HookResource, in sheet: inout FactSheet, at now: Timestamp, _ connection: APIConnection
    ) async throws {
        sheet.add("Hook", hook.name)
        sheet.add("Id", hook.id)
        sheet.add("Address", await hook.address(connection))
        sheet.add("About", hook.description)
        sheet.add(gate: !hook.isEnabled)
        let signature = hook.json["signature"]
        let header = signature?["header"]?.stringValue.map { $0.isEmpty ? "" : " (\($0))" } ?? ""
        sheet.add("Signed", hook.scheme == "none" ? "no" : hook.scheme + header, hook.scheme == "none" ? .yellow : nil)
        sheet.add("Event", hook.eventName)
        sheet.add("About", hook.eventResource)
        if let id = hook.deploymentID {
            let deployment = try await connection.deployments(["deployments": ["id": ["any_": [.string(id)]]]]).first
            sheet.add("Runs", deployment?.path ?? "a deployment that is gone (\(id))", deployment == nil ? .red : nil)
            sheet.add("Parameters", JSONValue.object(hook.parameters).serialized())
        }
        sheet.add("Made", hook.created, at: now)
    }
}

/// `sluice hook pause`
struct PauseHook: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Take nothing at a hook; senders are told that there is none.",
        discussion: """
            EXAMPLES
              sluice hook pause pushes
            """)

    @OptionGroup var hook: HookArgument
    @OptionGroup var server: ServerOptions

    func run() async throws { try await hook.setPaused(true, server) }
}

/// `sluice hook resume`
struct ResumeHook: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Take deliveries at a paused hook again.",
        discussion: """
            EXAMPLES
              sluice hook resume pushes
            """)

    @OptionGroup var hook: HookArgument
    @OptionGroup var server: ServerOptions

    func run() async throws { try await hook.setPaused(false, server) }
}

/// `sluice hook delete`
struct DeleteHook: DeleteCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a hook.",
        discussion: """
            EXAMPLES
              sluice hook delete pushes
            """, aliases: ["rm"])

    @OptionGroup var hook: HookArgument
    @OptionGroup var consent: Consent
    @OptionGroup var server: ServerOptions

    func doomed(_ connection: APIConnection) async throws -> Doomed {
        let found = try await hook.find(in: connection)
        return Doomed(
            what: "the hook '\(found.name)'",
            consequences: ["Its secret is gone.", "Events and runs that it has made stay."], json: found.json
        ) { try await connection.delete(hook: found.name) }
    }
}

/// A hook as people name it.
struct HookArgument: PausableArgument {
    @Argument(help: ArgumentHelp("The hook.", valueName: "hook"), completion: .hooks)
    var name: String

    func find(in connection: APIConnection) async throws -> HookResource {
        let hooks = try await connection.hooks()
        guard let found = hooks.first(where: { $0.name == name }) else {
            throw CommandFailure.failed(
                "there is no hook '\(name)'\(NearestName.hint(for: name, among: hooks.map(\.name)))")
        }
        return found
    }

    func pause(_ isPaused: Bool, on connection: APIConnection) async throws -> Paused {
        let changed = try await connection.setEnabled(!isPaused, hook: try await find(in: connection).name)
        return Paused(what: "The hook '\(name)'") { changed.json }
    }
}

extension HookResource {
    /// Where senders reach it.
    func address(_ connection: APIConnection) async -> String {
        var base = (try? await connection.server().publicURL) ?? connection.url
        while base.last == "/" { base.removeLast() }
        return "\(base)/hooks/\(name)"
    }
}

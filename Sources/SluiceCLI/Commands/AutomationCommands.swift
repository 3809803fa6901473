import APIClient
import ArgumentParser
import DeploymentDocument
import Domain
import JSON

/// `sluice automation`
struct AutomationCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "automation", abstract: "What is done when something happens, or does not.",
        subcommands: [
            ListAutomations.self, ShowAutomation.self, CreateAutomation.self, PauseAutomation.self,
            ResumeAutomation.self, DeleteAutomation.self, DeadLetterCommands.self,
        ])
}

/// `sluice automation ls`
struct ListAutomations: ListCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List automations: what they wait for, and what they do.",
        discussion: """
            EXAMPLES
              sluice automation ls
              sluice automation ls --json
            """)

    @OptionGroup var server: ServerOptions

    func elements(from connection: APIConnection) async throws -> [AutomationResource] {
        try await connection.automations()
    }

    func messageForNone(_ connection: APIConnection) -> String {
        "No automations yet. A file makes one: sluice automation create FILE"
    }

    func columns(at now: Timestamp) -> [ListColumn<AutomationResource>] {
        [
            ListColumn("AUTOMATION", narrowest: 8) { Table.Cell($0.name) },
            ListColumn("STATUS") { .gate(isPaused: !$0.isEnabled) },
            ListColumn("WHEN", narrowest: 8) { Table.Cell(TriggerText.summary(of: $0.trigger)) },
            ListColumn("DOES", narrowest: 8) { Table.Cell($0.actionTypes) },
            ListColumn("TAGS", narrowest: 4) { Table.Cell($0.tags.joined(separator: " ")) },
        ]
    }
}

/// `sluice automation show`
struct ShowAutomation: DetailCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show an automation.",
        discussion: """
            EXAMPLES
              sluice automation show "tell of failures"
              sluice automation show "tell of failures" --json
            """)

    @OptionGroup var automation: AutomationArgument
    @OptionGroup var server: ServerOptions

    func element(from connection: APIConnection) async throws -> AutomationResource {
        try await automation.find(in: connection)
    }

    func describe(
        _ automation: AutomationResource, in sheet: inout FactSheet, at now: Timestamp, _ connection: APIConnection
    ) async throws {
        sheet.add("Automation", automation.name)
        sheet.add("Id", automation.id)
        sheet.add("About", automation.description)
        sheet.add(gate: !automation.isEnabled)
        sheet.add("When", TriggerText.summary(of: automation.trigger))
        for action in automation.actions { sheet.add("Does", action.serialized()) }
        sheet.add("Tags", automation.tags.joined(separator: ", "))
        sheet.add("Made", automation.created, at: now)
        let letters = try await connection.deliveries(state: nil).filter { $0.automationName == automation.name }
        let (dead, waiting) = (letters.count { $0.state == "DEAD" }, letters.count { $0.state == "WAITING" })
        if waiting > 0 { sheet.add("On the way", HumanAmount.of(waiting, "message"), .yellow) }
        if dead > 0 {
            sheet.add("Dead letters", "\(HumanAmount.count(dead)); see them with: sluice automation dead ls", .red)
        }
    }
}

/// `sluice automation pause`
struct PauseAutomation: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Let an automation do nothing more; what its trigger has counted is forgotten.",
        discussion: """
            EXAMPLES
              sluice automation pause "tell of failures"
            """)

    @OptionGroup var automation: AutomationArgument
    @OptionGroup var server: ServerOptions

    func run() async throws { try await automation.setPaused(true, server) }
}

/// `sluice automation resume`
struct ResumeAutomation: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let a paused automation wait for its events again.",
        discussion: """
            EXAMPLES
              sluice automation resume "tell of failures"
            """)

    @OptionGroup var automation: AutomationArgument
    @OptionGroup var server: ServerOptions

    func run() async throws { try await automation.setPaused(false, server) }
}

/// `sluice automation delete`
struct DeleteAutomation: DeleteCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete an automation.",
        discussion: """
            EXAMPLES
              sluice automation delete "tell of failures"
            """, aliases: ["rm"])

    @OptionGroup var automation: AutomationArgument
    @OptionGroup var consent: Consent
    @OptionGroup var server: ServerOptions

    func doomed(_ connection: APIConnection) async throws -> Doomed {
        let found = try await automation.find(in: connection)
        return Doomed(
            what: "the automation '\(found.name)'", consequences: ["What it is to do already is done."],
            json: found.json
        ) { try await connection.delete(automation: found.id) }
    }
}

/// An automation as people name it.
struct AutomationArgument: PausableArgument {
    @Argument(
        help: ArgumentHelp("The automation's name, or its id or the beginning of it.", valueName: "automation"),
        completion: .automations)
    var name: String

    /// Names are not unique.
    func find(in connection: APIConnection) async throws -> AutomationResource {
        let automations = try await connection.automations()
        let named = automations.filter { $0.name == name }
        let candidates = named.isEmpty ? automations.filter { $0.id.hasPrefix(name.lowercased()) } : named
        guard let found = candidates.first else {
            let hint = NearestName.hint(for: name, among: automations.map(\.name))
            throw CommandFailure.failed("there is no automation '\(name)'\(hint)")
        }
        guard candidates.count == 1 else {
            let ids = candidates.map(\.id).joined(separator: ", ")
            throw CommandFailure.failed("several automations are meant by '\(name)': name one by its id (\(ids))")
        }
        return found
    }

    func pause(_ isPaused: Bool, on connection: APIConnection) async throws -> Paused {
        let found = try await find(in: connection)
        try await connection.setEnabled(!isPaused, automation: found.id)
        return Paused(what: "The automation '\(found.name)'") {
            (try await connection.automations().first { $0.id == found.id } ?? found).json
        }
    }
}

extension AutomationResource {
    fileprivate var actionTypes: String {
        actions.compactMap { $0["type"]?.stringValue }.joined(separator: ", ")
    }
}

/// Triggers as people read them.
enum TriggerText {
    /// `prefect.flow-run.Failed`, `no lab.tick in 1m`, `all of (…)`
    static func summary(of trigger: JSONValue) -> String {
        let parts = (trigger["triggers"]?.arrayValue ?? []).map { summary(of: $0) }
        switch trigger["type"]?.stringValue {
        case "compound":
            let require = trigger["require"]?.stringValue ?? trigger["require"]?.serialized() ?? "all"
            return "\(require) of (\(parts.joined(separator: "; ")))"
        case "sequence": return "in order (\(parts.joined(separator: "; ")))"
        default: return event(trigger)
        }
    }

    private static func event(_ trigger: JSONValue) -> String {
        let expected = (trigger["expect"]?.arrayValue ?? []).compactMap(\.stringValue)
        let names = expected.isEmpty ? "any event" : expected.joined(separator: " or ")
        let count = trigger["threshold"]?.intValue ?? 1
        let within = trigger["within"]?.doubleValue ?? 0
        let span = within > 0 ? " in \(DurationText.describe(.milliseconds(Int64(within * 1000))))" : ""
        let isProactive = trigger["posture"] == "Proactive"
        return
            "\(isProactive ? (count > 1 ? "fewer than \(count) × " : "no ") : (count > 1 ? "\(count) × " : ""))\(names)\(span)"
    }
}

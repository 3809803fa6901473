import APIClient
import ArgumentParser
import DeploymentDocument
import Domain
import JSON

/// `sluice block`
struct BlockCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "block", abstract: "Typed stored configuration.",
        discussion: "A deployment's command and environment name a field of one as {{ blocks.TYPE.NAME.FIELD }}.",
        subcommands: [ListBlocks.self, ShowBlock.self, SetBlock.self, DeleteBlock.self])
}

/// `sluice block ls`
struct ListBlocks: ListCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List blocks.",
        discussion: """
            EXAMPLES
              sluice block ls
              sluice block ls --type slack-webhook --json
            """)

    @Option(help: ArgumentHelp("Only those of this type.", valueName: "type"))
    var type: String?

    @OptionGroup var server: ServerOptions

    func elements(from connection: APIConnection) async throws -> [BlockResource] {
        try await connection.blocks(ofType: type)
    }

    func messageForNone(_ connection: APIConnection) -> String {
        type == nil ? "No blocks yet." : "No blocks of that type; 'sluice block ls' lists those of all."
    }

    func columns(at now: Timestamp) -> [ListColumn<BlockResource>] {
        [
            ListColumn("BLOCK", narrowest: 8) { Table.Cell($0.path) },
            ListColumn("FIELDS", narrowest: 8) { Table.Cell($0.data.keys.joined(separator: " ")) },
            ListColumn("CHANGED") { .time($0.updated, at: now) },
        ]
    }
}

extension BlockResource {
    /// `TYPE/NAME`
    var path: String { "\(type)/\(name ?? id)" }
}

/// `sluice block show`
struct ShowBlock: DetailCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show what a block holds, its secrets masked.",
        discussion: """
            EXAMPLES
              sluice block show slack-webhook/alarms
            """)

    @OptionGroup var block: BlockArgument
    @OptionGroup var server: ServerOptions

    func element(from connection: APIConnection) async throws -> BlockResource { try await block.find(in: connection) }

    func describe(
        _ block: BlockResource, in sheet: inout FactSheet, at now: Timestamp, _ connection: APIConnection
    ) {
        sheet.add("Block", block.path)
        sheet.add("Id", block.id)
        sheet.add("Changed", block.updated, at: now)
        for (field, value) in block.data { sheet.add(field, value.textInCommands) }
    }
}

/// `sluice block delete`
struct DeleteBlock: DeleteCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a block.",
        discussion: """
            EXAMPLES
              sluice block delete slack-webhook/alarms
            """)

    @OptionGroup var block: BlockArgument
    @OptionGroup var consent: Consent
    @OptionGroup var server: ServerOptions

    func doomed(_ connection: APIConnection) async throws -> Doomed {
        let found = try await block.find(in: connection)
        return Doomed(
            what: "the block '\(found.path)'", consequences: ["What names it will not find it."], json: found.json
        ) { try await connection.delete(block: found.id) }
    }
}

/// A block as people name it.
struct BlockArgument: ParsableArguments {
    @Argument(help: ArgumentHelp("The block, by its type and its name.", valueName: "type/name"), completion: .blocks)
    var path: String

    func validate() throws {
        guard path.split(separator: "/").count == 2 else {
            throw ValidationError("Name a block as TYPE/NAME, such as slack-webhook/alarms, not '\(path)'.")
        }
    }

    /// Its type and its name.
    var parts: (type: String, name: String) {
        let parts = path.split(separator: "/").map(String.init)
        return (parts[0], parts[1])
    }

    func find(in connection: APIConnection) async throws -> BlockResource {
        try await Self.find(parts.name, ofType: parts.type, "block", in: connection)
    }

    /// - Parameter kind: what a message calls it.
    static func find(
        _ name: String, ofType type: String, _ kind: String, in connection: APIConnection
    ) async throws -> BlockResource {
        do {
            return try await connection.block(name, ofType: type)
        } catch {
            guard error.isNotFound else { throw error }
            let known = try await connection.blocks(ofType: type).compactMap(\.name)
            throw CommandFailure.failed("there is no \(kind) '\(name)'\(NearestName.hint(for: name, among: known))")
        }
    }
}

import APIClient
import ArgumentParser
import DeploymentDocument
import Domain
import JSON

/// `sluice block set`
struct SetBlock: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Make a block, or give it other fields, from the standard input or a file.",
        discussion: """
            The fields are a mapping in YAML or JSON. They are no arguments, since everybody on a host sees the arguments \
            of every program, and some fields are secret. A server knows the types secret, webhook, slack-webhook, email \
            and local-file-system by itself; Prefect's clients bring more.

            EXAMPLES
              sluice block set slack-webhook/alarms < alarms.yaml
              sluice block set email/team --from team.yaml
            """)

    private static let largest = 1 << 20

    @OptionGroup var block: BlockArgument

    @Option(help: ArgumentHelp("The file that holds the fields; - for the standard input.", valueName: "file"))
    var from = "-"

    @OptionGroup var server: ServerOptions

    func run() async throws {
        let surroundings = Surroundings.current
        let fields = try fields(ByteSource(path: from, input: surroundings.input))
        let connection = server.connection()
        let (type, name) = block.parts
        try await check(fields, ofType: type, connection)
        try await connection.set(block: name, ofType: type, to: fields)
        let shown = try await connection.block(name, ofType: type)
        try surroundings.console.print(server.json ? shown.json.serialized() : "The block '\(shown.path)' is kept.")
    }

    private func fields(_ source: ByteSource) throws -> JSONObject {
        let text = String(decoding: try source.rest(atMost: Self.largest), as: UTF8.self)
        do {
            let values = try ValueReader.values(text: text, file: source.name)
            guard values.count == 1, let fields = values.first?.objectValue else {
                throw CommandFailure.usage("\(source.name): the fields of a block are a mapping, such as 'url: …'")
            }
            return fields
        } catch let error as InvalidDocument {
            throw CommandFailure.usage("\(error)\nNo block was made.")
        }
    }

    private func check(_ fields: JSONObject, ofType type: String, _ connection: APIConnection) async throws {
        let schema: BlockSchemaResource
        do {
            schema = try await connection.blockSchema(ofType: type)
        } catch {
            guard error.isNotFound else { throw error }
            let known = try await connection.blockTypes()
            throw CommandFailure.failed(
                "there is no type '\(type)' of blocks\(NearestName.hint(for: type, among: known))")
        }
        for field in fields.keys.sorted() where !schema.fields.contains(field) {
            throw CommandFailure.usage(
                "a block of the type '\(type)' has no field '\(field)'"
                    + NearestName.hint(for: field, among: schema.fields))
        }
        for field in schema.required where fields[field] == nil {
            throw CommandFailure.usage("a block of the type '\(type)' needs the field '\(field)'")
        }
    }
}

import APIClient
import ArgumentParser
import Domain
import JSON

/// `sluice deployment history`
struct DeploymentHistory: ListCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "List what a deployment was: a version for each change.",
        discussion: """
            EXAMPLES
              sluice deployment history report/daily
              sluice deployment history report/daily --json
            """)

    /// A version, and in what it differs from the one before it.
    struct Element: APIResource {
        let version: VersionResource
        let isPresent: Bool
        let changes: [String]
        let json: JSONValue

        init(_ version: VersionResource, after previous: VersionResource?, isPresent: Bool) {
            self.version = version
            self.isPresent = isPresent
            changes = previous.map { Self.changes(from: $0.json, to: version.json) } ?? []
            var object = version.json.objectValue ?? [:]
            object["changes"] = changes.json
            json = .object(object)
        }

        init(reading reader: JSONReader) throws(JSONReadingError) {
            self.init(try VersionResource(reading: reader), after: nil, isPresent: false)
        }

        private static func changes(from earlier: JSONValue, to later: JSONValue) -> [String] {
            var content = later.objectValue ?? [:]
            for key in ["number", "created", "restored_from"] { content[key] = nil }
            return DeploymentDifference(body: content, record: earlier).fields
        }
    }

    @OptionGroup var deployment: DeploymentArgument
    @OptionGroup var server: ServerOptions

    func elements(from connection: APIConnection) async throws -> [Element] {
        let versions = try await connection.versions(ofDeployment: try await deployment.find(in: connection).id)
        return versions.enumerated().map { index, version in
            Element(
                version, after: versions.indices.contains(index + 1) ? versions[index + 1] : nil, isPresent: index == 0)
        }
    }

    func messageForNone(_ connection: APIConnection) -> String { "No versions are known." }

    func columns(at now: Timestamp) -> [ListColumn<Element>] {
        [
            ListColumn("VERSION", isRight: true) { Table.Cell(String($0.version.number), $0.isPresent ? .green : nil) },
            ListColumn("MADE") { .time($0.version.created, at: now) },
            ListColumn("LABEL", narrowest: 6) { Table.Cell($0.version.label ?? "") },
            ListColumn("CHANGES", narrowest: 12) { element in
                let origin = element.version.restoredFrom.map { "back to version \($0)" }
                let changes = element.changes.joined(separator: ", ")
                let first = element.version.number == 1 ? "made" : changes
                return Table.Cell([origin, first].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ": "))
            },
        ]
    }
}

/// `sluice deployment rollback`
struct RollBackDeployment: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Make a deployment what it was. That is a version of its own.",
        discussion: """
            Without a version, it is the one before the present one. Runs that wait execute what they are given when \
            they start; those that execute go on as they are.

            EXAMPLES
              sluice deployment rollback report/daily
              sluice deployment rollback report/daily 3
            """)

    @OptionGroup var deployment: DeploymentArgument

    @Argument(
        help: ArgumentHelp("The number of a version, as 'sluice deployment history' lists it.", valueName: "version"))
    var version: Int?

    @OptionGroup var server: ServerOptions

    func run() async throws {
        let console = Surroundings.current.console
        let connection = server.connection()
        let before = try await deployment.find(in: connection)
        let after = try await connection.rollBack(deployment: before.id, to: version)
        if server.json { return try console.print(after.json.serialized()) }
        let wanted = version ?? before.versionNumber - 1
        try console.print(
            after.versionNumber == before.versionNumber
                ? "\(after.path) is what version \(wanted) says already."
                : "\(after.path) is what version \(wanted) says: that is version \(after.versionNumber).")
    }
}

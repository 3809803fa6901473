import APIClient
import ArgumentParser
import DeploymentDocument
import JSON

/// `sluice deploy`
struct DeployCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deploy",
        abstract: "Register the deployments of a document, and ship the code beside it.",
        discussion: """
            The folder's files are packed into a bundle, but for what its .sluiceignore names; agents fetch it from the \
            server. What has not changed is not sent again. With 'code' the agents have it from elsewhere: a git \
            repository, an archive, a bucket, a folder of their host, or a container's image.

            EXAMPLES
              sluice deploy .
              sluice deploy report/
              sluice deploy report/sluice.yaml --json
            """)

    @Argument(help: ArgumentHelp("A sluice.yaml, or a folder with one.", valueName: "path"))
    var path: String

    @OptionGroup var server: ServerOptions

    func run() async throws {
        let console = Surroundings.current.console
        let (_, definitions) = try DocumentReader.read(path)
        let connection = server.connection()
        var deployer = Deployer(connection: connection)
        var results: [Deployer.Outcome] = []
        for definition in definitions {
            let outcome = try await deployer.deploy(definition)
            results.append(outcome)
            if !server.json { try show(outcome, console) }
        }
        if server.json { return try console.print(results.map(\.json).json.serialized()) }
        for warning in await deployer.warnings(results) { console.note(console.errorStyle(.yellow, warning)) }
    }

    private func show(_ outcome: Deployer.Outcome, _ console: Console) throws {
        let style = console.style
        let change =
            switch outcome.change {
            case .made: style(.green, "new")
            case .changed(let fields):
                style(.yellow, "changed")
                    + ": \(fields.joined(separator: ", ")) (version \(outcome.record.versionNumber))"
            case .unchanged: style(.dim, "unchanged")
            }
        try console.print("\(style(.bold, outcome.definition.path))  \(change)")
        if let bundle = outcome.bundle {
            let files = HumanAmount.of(bundle.files, "file")
            let how = bundle.isUploaded ? "uploaded" : "on the server already"
            try console.print("  code: \(files), \(HumanAmount.bytes(bundle.size)), \(how)")
        }
        if let source = outcome.definition.code.source { try console.print("  code: \(source)") }
        try console.print("  run it: \(outcome.definition.lineToRun)")
    }
}

extension DeploymentDefinition {
    /// The line that queues a run, with a place for each parameter that has no default.
    var lineToRun: String {
        let required = parameterSchema["required"]?.arrayValue?.compactMap(\.stringValue) ?? []
        let open = required.filter { !defaults.contains(key: $0) }
        return (["sluice run \(Lines.quoted(path))"] + open.map { "-p \(Lines.quoted($0))=…" }).joined(separator: " ")
    }
}

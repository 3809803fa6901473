import APIClient
import ArgumentParser
import Domain
import JSON

/// `sluice hook create`
struct CreateHook: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a hook.",
        discussion: """
            Templates are written in Jinja's language, and know body, headers, query, hook and variables. Without \
            --secret-file a secret is made up, and shown once.

            EXAMPLES
              sluice hook create pushes --scheme github --event 'github.{{ headers["x-github-event"] }}' \\
                --run etl/daily -p ref='{{ body.ref }}'
              sluice hook create payments --scheme stripe --secret-file stripe.secret
              sluice hook create sensors --scheme hmac --header X-Sensor-Signature --replace
            """)

    @Argument(help: ArgumentHelp("What it is to be called; the last part of its address.", valueName: "hook"))
    var name: String

    @Option(
        help: ArgumentHelp(
            "How deliveries are signed: github, stripe, slack, hmac, or none.", valueName: "scheme"),
        completion: .list(["github", "stripe", "slack", "hmac", "none"]))
    var scheme: String

    @Option(help: ArgumentHelp("A file with the secret; - for the standard input.", valueName: "file"))
    var secretFile: String?

    @Option(help: ArgumentHelp("With hmac: the header of the signature.", valueName: "name"))
    var header: String?

    @Option(help: ArgumentHelp("With hmac: what stands before it there.", valueName: "text"))
    var prefix: String?

    @Option(help: ArgumentHelp("With hmac: hex or base64.", valueName: "encoding"))
    var encoding: String?

    @Option(help: ArgumentHelp("The name of the event; a template.", valueName: "name"))
    var event: String?

    @Option(help: ArgumentHelp("The id of what the event is about; a template.", valueName: "id"))
    var resource: String?

    @Option(help: ArgumentHelp("What deliveries are told apart by; a template.", valueName: "id"))
    var deliveryId: String?

    @Option(
        help: ArgumentHelp("What each delivery starts a run of.", valueName: "flow/deployment"),
        completion: .deployments)
    var run: String?

    @Option(
        name: [.customShort("p"), .customLong("param")],
        help: ArgumentHelp("A parameter of the run; a template.", valueName: "name=value"))
    var parameters: [NamedText] = []

    @Option(help: ArgumentHelp("What it is for.", valueName: "text"))
    var description: String?

    @Flag(help: "Make the hook of that name what is said here; its secret stays unless there is another.")
    var replace = false

    @OptionGroup var server: ServerOptions

    func validate() throws {
        guard run != nil || parameters.isEmpty else { throw ValidationError("--param goes with --run.") }
        guard scheme == "hmac" || [header, prefix, encoding].allSatisfy({ $0 == nil }) else {
            throw ValidationError("--header, --prefix and --encoding go with --scheme hmac.")
        }
    }

    func run() async throws {
        let console = Surroundings.current.console
        let connection = server.connection()
        let body = try await body(connection)
        let made = try await connection.keep(hook: name, body, replaces: replace)
        if server.json { return try console.print(made.json.serialized()) }
        try console.print("The hook '\(made.name)' is there: \(await made.address(connection))")
        if let secret = made.secret {
            try console.print("Its secret, which is not shown again: \(secret)")
        }
        if made.scheme == "none" {
            console.note(console.errorStyle(.yellow, "Nothing is signed: whoever knows the address may send."))
        }
    }

    private func body(_ connection: APIConnection) async throws -> JSONObject {
        try NamedText.checkOnce(parameters, option: "-p")
        var signature: JSONObject = ["scheme": .string(scheme)]
        for (key, value) in [("header", header), ("prefix", prefix), ("encoding", encoding), ("secret", try secret())] {
            signature[key] = value.map { .string($0) }
        }
        var body: JSONObject = ["name": .string(name), "signature": .object(signature)]
        body["description"] = description.map { .string($0) }
        body["delivery_id"] = deliveryId.map { .string($0) }
        var told = JSONObject()
        told["name"] = event.map { .string($0) }
        told["resource"] = resource.map { .string($0) }
        body["event"] = .object(told)
        guard let run else { return body }
        let deployment = try await DeploymentArgument.find(run, in: connection)
        let types = DeclaredTypes(schema: deployment.parameterSchema)
        var values = JSONObject()
        for parameter in parameters {
            try types.check(name: parameter.name)
            // Of what type a template is worth something is seen when it is.
            let isTemplate = parameter.text.contains("{{") || parameter.text.contains("{%")
            values[parameter.name] =
                isTemplate ? .string(parameter.text) : types.value(of: parameter.text, for: parameter.name)
        }
        body["deployment_id"] = .string(deployment.id)
        body["parameters"] = .object(values)
        return body
    }

    private func secret() throws -> String? {
        guard let secretFile else { return nil }
        let bytes = try ByteSource(path: secretFile, input: Surroundings.current.input).rest(atMost: 1 << 16)
        guard var text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure.usage("the secret in '\(secretFile)' is not UTF-8")
        }
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }
}

/// `sluice hook test`
struct TestHook: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Show what a hook would make of a delivery; nothing is told or started.",
        discussion: """
            EXAMPLES
              sluice hook test pushes --body push.json -H x-github-event=push
              sluice hook test pushes --body - --json < push.json
            """)

    @OptionGroup var hook: HookArgument

    @Option(help: ArgumentHelp("A file with what is sent; - for the standard input.", valueName: "file"))
    var body: String?

    @Option(
        name: [.customShort("H"), .customLong("header")],
        help: ArgumentHelp("A header; repeatable.", valueName: "name=value"))
    var headers: [NamedText] = []

    @Option(help: ArgumentHelp("A value of the query; repeatable.", valueName: "name=value"))
    var query: [NamedText] = []

    @OptionGroup var server: ServerOptions

    func run() async throws {
        let console = Surroundings.current.console
        let connection = server.connection()
        let found = try await hook.find(in: connection)
        var delivery: JSONObject = ["headers": Self.object(headers), "query": Self.object(query)]
        if let body {
            let bytes = try ByteSource(path: body, input: Surroundings.current.input).rest(atMost: Hook.largestBody)
            delivery["body"] = .string(String(decoding: bytes, as: UTF8.self))
        }
        let reading = try await connection.rehearse(hook: found.name, delivery)
        if server.json { return try console.print(reading.serialized()) }
        var sheet = FactSheet()
        sheet.add("Event", reading["event"]?["name"]?.stringValue)
        sheet.add("About", reading["event"]?["resource"]?.stringValue)
        sheet.add("Delivery", reading["delivery_id"]?.stringValue ?? "each is taken for another one")
        if found.deploymentID != nil { sheet.add("Parameters", reading["parameters"]?.serialized()) }
        for line in sheet.lines(style: console.style) { try console.print(line) }
    }

    private static func object(_ values: [NamedText]) -> JSONValue {
        .object(JSONObject(values.map { ($0.name, .string($0.text)) }))
    }
}

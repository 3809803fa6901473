import JSON

/// What a person needs to know of a development server.
struct DevPage {
    let apiURL: String
    let agents: DevEndpoint
    let http: DevEndpoint
    let folder: String
    /// `FLOW/DEPLOYMENT`
    let samples: [String]

    var json: JSONValue {
        [
            "api": .string(apiURL), "agents": .string("\(agents)"), "data": .string(folder),
            "logs": [.string("\(folder)/server.log"), .string("\(folder)/agent.log")], "deployments": samples.json,
        ]
    }

    func lines(style: Style) -> [String] {
        [
            style(.bold, "Sluice is ready."),
            "  API      \(style(.cyan, apiURL))",
            "  Agents   \(agents)",
            "  Data     \(folder)",
            "  Logs     \(folder)/server.log, \(folder)/agent.log",
            "  Samples  \(samples.isEmpty ? "none found" : samples.joined(separator: ", "))",
            "",
            "Try, in another terminal:",
        ] + suggestions.map { "  \($0)" } + [
            "",
            "To let another host join, start both programs yourself instead, on a network that you trust:",
            "  \(serverLine)",
            "and on the other host:",
            "  sluice-agent --server \(FileSystem.hostName):\(agents.port)",
            "",
            "Ctrl-C ends the server and the agent.",
        ]
    }

    private var suggestions: [String] {
        let isStandard = apiURL == ServerOptions.standardURL
        var lines = isStandard ? [] : ["export SLUICE_API_URL=\(apiURL)"]
        lines.append("sluice deployment ls")
        if samples.contains("shell/shout") { lines.append("sluice run shell/shout -p text='two  blanks' --follow") }
        if samples.contains("flaky/recovers") { lines.append("sluice run flaky/recovers --follow") }
        if samples.contains("shell/shout") { lines.append("sluice batch shell/shout --grid times=1..20 --follow") }
        return lines + [samples.isEmpty ? "sluice deploy PATH" : "sluice ps"]
    }

    private var serverLine: String {
        let isStandard = http == DevEndpoint(host: "127.0.0.1", port: 4200)
        return "sluice-server --data \(Lines.quoted("\(folder)/server"))\(isStandard ? "" : " --http \(http)") "
            + "--agents 0.0.0.0:\(agents.port) --insecure"
    }
}

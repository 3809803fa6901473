public import JSON

/// The form in which an execution is stored and travels through the API: durations in seconds, absent where default.
extension ExecutionSpec: JSONEncodable, JSONReadable {
    public var json: JSONValue {
        var object: JSONObject = ["command": command.json]
        if !environment.isEmpty {
            object["env"] = .object(
                JSONObject(environment.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
        }
        object["working_directory"] = workingDirectory.map { .string($0) }
        object["bundle"] = bundle.map { ["digest": .string($0.digest), "size": .integer(Int64($0.size))] }
        object["code"] = code?.json
        if let python {
            var needs: JSONObject = ["requirements": .array(python.requirements.map { .string($0) })]
            needs["version"] = python.version.map { .string($0) }
            object["python"] = .object(needs)
        }
        object["container"] = container?.json
        if limits != ProcessLimits() { object["limits"] = limits.json }
        object["user"] = user.map { .string($0) }
        for member in policy.json.objectValue ?? [:] { object[member.key] = member.value }
        if priority != 0 { object["priority"] = .integer(Int64(priority)) }
        if !requires.isNone { object["requires"] = requires.json }
        object["rate_limit"] = rateLimit.map { .string($0.description) }
        return .object(object)
    }

    public init(reading reader: JSONReader) throws(JSONReadingError) {
        self.init(command: try CommandTemplate(reading: try reader.required("command")))
        if let variables = try reader.optional("env") {
            for (name, value) in try variables.members { environment[name] = try value.string }
        }
        workingDirectory = try reader.optional("working_directory")?.string
        if let bundle = try reader.optional("bundle") {
            self.bundle = BundleReference(
                digest: try bundle.required("digest").string, size: try bundle.required("size").int)
        }
        code = try reader.optional("code")
        if let needs = try reader.optional("python") {
            python = PythonRequirements(
                version: try needs.optional("version")?.string,
                requirements: try needs.optional("requirements") ?? [])
        }
        container = try reader.optional("container")
        limits = try reader.optional("limits") ?? ProcessLimits()
        user = try reader.optional("user")?.string
        policy = try RunPolicy(reading: reader)
        priority = try reader.optional("priority")?.int ?? 0
        if let needs = try reader.optional("requires") { requires = try Requirements(reading: needs) }
        rateLimit = try reader.optional("rate_limit")
    }

    /// Reads what `json` writes.
    public init(json: JSONValue) throws(JSONReadingError) { try self.init(reading: JSONReader(json)) }
}

extension CommandTemplate: JSONEncodable, JSONReadable {
    public var json: JSONValue {
        switch self {
        case .arguments(let arguments): .array(arguments.map { .string($0) })
        case .shell(let script): .string(script)
        }
    }

    public init(reading reader: JSONReader) throws(JSONReadingError) {
        switch reader.value {
        case .string(let script): self = .shell(script)
        case .array:
            let arguments: [String] = try reader.read()
            guard !arguments.isEmpty else { throw reader.error("too_short", "The command has no program") }
            self = .arguments(arguments)
        default: throw reader.error("command_type", "Input should be a list of arguments, or a text for the shell")
        }
    }
}

extension RunPolicy: JSONEncodable, JSONReadable {
    /// Only what differs from the default.
    public var json: JSONValue {
        let standard = RunPolicy()
        var object = JSONObject()
        if retries != standard.retries { object["retries"] = retries.json }
        if crashRetries != standard.crashRetries { object["crash_retries"] = crashRetries.json }
        object["timeout"] = timeout.map { $0.inSeconds.json }
        if grace != standard.grace { object["grace"] = grace.inSeconds.json }
        if lease != standard.lease { object["lease"] = lease.inSeconds.json }
        if reportsForItself { object["reports_for_itself"] = true }
        return .object(object)
    }

    public init(reading reader: JSONReader) throws(JSONReadingError) {
        self.init()
        if let policy = try reader.optional("retries") { retries = try RetryPolicy(reading: policy) }
        if let policy = try reader.optional("crash_retries") { crashRetries = try RetryPolicy(reading: policy) }
        if let span = try reader.optional("timeout") { timeout = try span.seconds }
        if let span = try reader.optional("grace") { grace = try span.seconds }
        if let span = try reader.optional("lease") { lease = try span.seconds }
        reportsForItself = try reader.optional("reports_for_itself") ?? false
    }
}

extension RetryPolicy: JSONEncodable, JSONReadable {
    public var json: JSONValue {
        [
            "limit": .integer(Int64(limit)), "delay": delay.inSeconds.json, "backoff": .string(backoff.rawValue),
            "factor": factor.json, "maximum_delay": maximumDelay.inSeconds.json, "jitter": jitter.json,
        ]
    }

    public init(reading reader: JSONReader) throws(JSONReadingError) {
        self.init(limit: try reader.required("limit").int)
        if let span = try reader.optional("delay") { delay = try span.seconds }
        if let name = try reader.optional("backoff") {
            guard let known = Backoff(rawValue: try name.string) else {
                throw name.error("enum", "Input should be constant, linear or exponential")
            }
            backoff = known
        }
        factor = try reader.optional("factor")?.double ?? factor
        if let span = try reader.optional("maximum_delay") { maximumDelay = try span.seconds }
        jitter = try reader.optional("jitter")?.double ?? jitter
    }
}

extension JSONReader {
    /// A duration as a number of seconds, not negative.
    var seconds: Duration {
        get throws(JSONReadingError) {
            let seconds = try double
            guard seconds >= 0, seconds <= 31_557_600_000 else {
                throw error("duration", "Input should be a number of seconds, from 0 to a thousand years")
            }
            return .microseconds(Int64((seconds * 1e6).rounded()))
        }
    }
}

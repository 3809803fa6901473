import JSON

/// Where the jobs of a pool execute.
public enum JobPlace: Sendable, Hashable {
    /// Processes of an agent's host.
    case process
    /// Containers of its engine.
    case container

    /// - Parameter type: the pool's.
    public init(poolType type: String) { self = type == WorkPool.dockerType ? .container : .process }
}

/// A process that executes a run, or a container, made from a template and values.
public struct ProcessJob: Sendable, Hashable {
    /// Whether the process may begin in a Python that has been started before.
    public enum WarmStart: Sendable, Hashable {
        /// As its agent does where nobody says anything.
        case asUsual
        case wanted
        case refused
    }

    /// The command and its arguments; empty for the one that executes a Prefect flow.
    public var arguments: [String]
    public var environment: [String: String]
    /// Nothing for a directory of its own.
    public var workingDirectory: String?
    /// An interpreter, or the directory of a virtual environment; nothing for the agent's own choice.
    public var python: String?
    public var warmStart: WarmStart
    /// Of pools whose runs execute in containers.
    public var container: ContainerSpec?
    /// Of pools whose runs execute as processes: what each may use at most.
    public var limits = ProcessLimits()
    /// Of such pools: whom it runs as; nothing for the agent's own user.
    public var user: String?

    public init(
        arguments: [String] = [], environment: [String: String] = [:], workingDirectory: String? = nil,
        python: String? = nil, warmStart: WarmStart = .asUsual, container: ContainerSpec? = nil
    ) {
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.python = python
        self.warmStart = warmStart
        self.container = container
    }

    /// The job variables that Sluice reads itself, whatever the template makes of the others.
    static let ownNames = ["python", "warm", "limits", "user"]

    init(_ job: JSONObject, own: JSONObject, in place: JobPlace) throws(JobTemplateError) {
        self.init(
            arguments: try ShellWords.split(try job.text("command") ?? ""),
            environment: try Self.environment(job["env"] ?? .null), workingDirectory: try job.text("working_dir"),
            python: try own.text("python"), warmStart: try Self.warmStart(own["warm"] ?? .null),
            container: place == .container ? try ContainerSpec(job) : nil)
        // A container's are its own.
        guard place == .process else { return }
        limits = try Self.limits(own["limits"] ?? .null)
        user = try own.text("user")
    }

    private static func limits(_ value: JSONValue) throws(JobTemplateError) -> ProcessLimits {
        guard !value.isNull else { return ProcessLimits() }
        do throws(JSONReadingError) {
            return try ProcessLimits(reading: JSONReader(value))
        } catch {
            throw .unreadable(
                field: "limits",
                expected:
                    "an object with any of memory (such as 512m), cpu_time (seconds), cpus, processes and open_files")
        }
    }

    private static func environment(_ variables: JSONValue) throws(JobTemplateError) -> [String: String] {
        guard !variables.isNull else { return [:] }
        guard let variables = variables.objectValue else { throw .unreadable(field: "env", expected: "an object") }
        var environment: [String: String] = [:]
        for (name, value) in variables where !value.isNull { environment[name] = value.textInTemplates }
        return environment
    }

    private static func warmStart(_ value: JSONValue) throws(JobTemplateError) -> WarmStart {
        switch value {
        case .null: .asUsual
        case .bool(let isWanted): isWanted ? .wanted : .refused
        default: throw .unreadable(field: "warm", expected: "true or false")
        }
    }
}

extension JSONObject {
    /// A text that is there and not empty.
    func text(_ key: String) throws(JobTemplateError) -> String? {
        guard let value = self[key], !value.isNull else { return nil }
        guard let text = value.stringValue else { throw .unreadable(field: key, expected: "a text") }
        return text.isEmpty ? nil : text
    }
}

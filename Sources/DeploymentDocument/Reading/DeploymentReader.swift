import Domain
import JSON

/// Reads one deployment's mapping.
struct DeploymentReader {
    static let keys = [
        "flow", "name", "description", "version", "command", "parameters", "parameter_schema", "defaults", "pool",
        "queue", "env", "working_directory", "retries", "crash_retries", "timeout", "grace", "lease", "tags",
        "concurrency_limit", "concurrency", "rate_limit", "requires", "priority", "python", "code", "retention",
        "schedules", "executor", "container", "limits", "user", "triggers", "sla",
    ]

    let folder: DocumentFolder
    let problems: ProblemList

    /// Nothing, and a problem or more, for what cannot be deployed. Fields that are wrong are passed over, so that one
    /// look finds all that is.
    func definition(_ node: YAMLNode) -> DeploymentDefinition? {
        guard let fields = Fields(node, of: "a deployment", keys: Self.keys, problems: problems) else { return nil }
        let parameters = ParametersReader(problems: problems).parameters(fields)
        let commandReader = CommandReader(parameters: parameters, problems: problems)
        let command = required("command", of: fields) { _ in commandReader.command(fields) }
        let flow = required("flow", of: fields) { fields.name($0) }
        let name = required("name", of: fields) { fields.name($0) }
        let code = CodeReader(folder: folder).code(fields)
        let policy = PolicyReader().policy(fields)
        let environment = commandReader.environment(fields)
        let limits = LimitsReader()
        let concurrency = limits.concurrency(fields)
        var definition = DeploymentDefinition(
            flow: flow ?? "", name: name ?? "", description: fields.text("description"),
            version: fields.text("version"), command: command ?? .arguments([]),
            parameterSchema: parameters?.schema ?? [:], defaults: parameters?.defaults ?? [:],
            pool: fields.name("pool") ?? WorkPool.standardName, queue: fields.name("queue") ?? WorkQueue.standardName,
            environment: environment, workingDirectory: workingDirectory(fields, code: code ?? DeploymentCode.none),
            policy: policy, priority: fields.integer("priority", in: -1_000_000...1_000_000) ?? 0,
            concurrencyLimit: concurrency.limit, collision: concurrency.collision,
            requires: limits.requirements(fields), rateLimit: limits.rateLimit(fields),
            retention: RetentionReader().retention(fields), tags: fields.texts("tags") ?? [],
            schedules: SchedulesReader(parameters: parameters).schedules(fields),
            python: PythonReader(folder: folder).requirements(fields), container: ExecutorReader().container(fields),
            limits: ExecutorReader().limits(fields), user: fields.text("user"), code: code ?? DeploymentCode.none,
            place: node.place)
        definition.triggers = TriggersReader(path: definition.path).triggers(fields)
        definition.serviceLevel = ServiceLevelReader().level(fields)
        return command == nil || flow == nil || name == nil ? nil : definition
    }

    private func required<Value>(_ key: String, of fields: Fields, read: (String) -> Value?) -> Value? {
        guard fields[key] != nil else {
            problems.add(fields.place, "the deployment has no '\(key)', which it needs")
            return nil
        }
        return read(key)
    }

    private func workingDirectory(_ fields: Fields, code: DeploymentCode) -> String? {
        guard let node = fields["working_directory"], let path = fields.text("working_directory") else { return nil }
        switch code.isProvided {
        case false where !path.hasPrefix("/"):
            fields.add(
                node, "without code that is shipped, 'working_directory' is an absolute path, not \(node.summary)")
        case true where path.hasPrefix("/"):
            fields.add(
                node,
                "'working_directory' is a folder within the shipped code, not \(node.summary); "
                    + "with 'code: none' it may be any folder of the agent's host")
        case true where path.split(separator: "/").contains(".."):
            fields.add(node, "'working_directory' leads out of the shipped code: \(node.summary)")
        default: return path
        }
        return nil
    }
}

import Domain
import JSON

/// Reads what executes a run, a process or a container, and what that may use.
struct ExecutorReader {
    private enum Kind: String, CaseIterable { case process, container }

    func container(_ fields: Fields) -> ContainerSpec? {
        let kind: Kind? = fields.choice("executor")
        guard let node = fields["container"] else {
            if kind == .container, let node = fields["executor"] {
                fields.add(node, "'executor: container' wants a 'container' that names an 'image'")
            }
            return nil
        }
        if kind == .process { fields.add(node, "'executor: process' has no 'container'; leave one of them out") }
        for key in ["python", "user", "limits"] {
            guard let other = fields[key] else { continue }
            let remedy = key == "python" ? "the image has its own Python" : "give it within 'container'"
            fields.add(other, "'\(key)' is for processes of the agent's host; \(remedy)")
        }
        return ContainerReader(problems: fields.problems).container(node, fields)
    }

    func limits(_ fields: Fields) -> ProcessLimits {
        let keys = ["memory", "cpu_time", "cpus", "processes", "open_files"]
        guard let node = fields["limits"],
            let limits = Fields(node, of: "'limits'", keys: keys, problems: fields.problems)
        else { return ProcessLimits() }
        return ProcessLimits(
            memoryBytes: limits.memory("memory"), cpuTime: limits.duration("cpu_time", shortest: .seconds(1)),
            cpus: limits.number("cpus", in: 0.01...10_000), processes: limits.integer("processes", in: 1...4_194_304),
            openFiles: limits.integer("open_files", in: 8...1_048_576))
    }
}

/// Reads one container: the name of an image, or a mapping.
struct ContainerReader {
    private static let keys = [
        "image", "pull", "registry", "entrypoint", "env", "volumes", "network", "networks", "user", "working_directory",
        "memory",
        "memory_swap", "cpus", "processes", "shared_memory", "privileged", "labels", "hosts",
    ]

    let problems: ProblemList

    func container(_ node: YAMLNode, _ deployment: Fields) -> ContainerSpec? {
        if node.members == nil {
            guard let image = deployment.text("container") else { return nil }
            return image.isEmpty ? missingImage(node) : ContainerSpec(image: image)
        }
        guard let fields = Fields(node, of: "'container'", keys: Self.keys, problems: problems) else { return nil }
        guard fields["image"] != nil else { return missingImage(node) }
        guard let image = fields.text("image"), !image.isEmpty else { return nil }
        var spec = ContainerSpec(image: image)
        spec.pull = fields.choice("pull") ?? spec.pull
        spec.registry = registry(fields)
        spec.entrypoint = fields.textOrTexts("entrypoint")
        spec.environment = fields.textsByName("env")
        spec.labels = fields.textsByName("labels")
        spec.volumes = (fields.texts("volumes") ?? []).filter { check(volume: $0, fields) }
        spec.networks = fields.textOrTexts("network") + (fields.texts("networks") ?? [])
        spec.hosts = fields.texts("hosts") ?? []
        spec.user = fields.text("user")
        spec.workingDirectory = directory(fields)
        spec.memoryBytes = fields.memory("memory")
        spec.memorySwapBytes = fields.memory("memory_swap")
        spec.cpus = fields.number("cpus", in: 0.01...10_000)
        spec.processes = fields.integer("processes", in: 1...4_194_304)
        spec.sharedMemoryBytes = fields.memory("shared_memory")
        spec.isPrivileged = fields.flag("privileged") ?? false
        return spec
    }

    private func registry(_ fields: Fields) -> RegistryCredentials? {
        let keys = ["username", "password"]
        guard let node = fields["registry"],
            let members = Fields(node, of: "'registry'", keys: keys, problems: problems)
        else { return nil }
        guard let username = members.text("username"), let password = members.text("password") else {
            if members["username"] == nil || members["password"] == nil {
                members.problems.add(node.place, "'registry' wants a 'username' and a 'password'")
            }
            return nil
        }
        let credentials = RegistryCredentials(username: username, password: password)
        if !credentials.namesSecret, let node = members["password"] { fields.add(node, RegistryCredentials.exposure) }
        return credentials
    }

    private func missingImage(_ node: YAMLNode) -> ContainerSpec? {
        problems.add(node.place, "'container' has no 'image', which it needs")
        return nil
    }

    private func check(volume: String, _ fields: Fields) -> Bool {
        let parts = volume.split(separator: ":", omittingEmptySubsequences: false)
        let isSound = (2...3).contains(parts.count) && !parts[0].isEmpty && parts[1].hasPrefix("/")
        if !isSound, let node = fields["volumes"] {
            fields.add(
                node, "a volume is HOST:CONTAINER or HOST:CONTAINER:ro, CONTAINER an absolute path, not '\(volume)'")
        }
        return isSound
    }

    private func directory(_ fields: Fields) -> String? {
        guard let node = fields["working_directory"], let path = fields.text("working_directory") else { return nil }
        if path.hasPrefix("/") { return path }
        fields.add(
            node,
            "the container's 'working_directory' is an absolute path in it, not \(node.summary); "
                + "a folder of the shipped code is the deployment's own 'working_directory'")
        return nil
    }
}

extension Fields {
    /// `512m`, `2g`, or a number of bytes.
    fileprivate func memory(_ key: String) -> Int64? {
        guard let node = self[key] else { return nil }
        guard let bytes = node.spelling.flatMap({ MemoryAmount.parse($0) }), bytes > 0 else {
            add(node, "'\(key)' is an amount of memory, such as 512m, 2g or a number of bytes, not \(node.summary)")
            return nil
        }
        return bytes
    }

    fileprivate func flag(_ key: String) -> Bool? {
        guard let node = self[key] else { return nil }
        guard case .scalar(let text, isPlain: true) = node.content, case .value(let value) = PlainScalar(text),
            let flag = value.boolValue
        else {
            add(node, "'\(key)' is true or false, not \(node.summary)")
            return nil
        }
        return flag
    }

    /// A text alone is a list of one.
    fileprivate func textOrTexts(_ key: String) -> [String] {
        guard let node = self[key] else { return [] }
        return node.elements == nil ? [text(key)].compactMap { $0 } : texts(key) ?? []
    }

    fileprivate func textsByName(_ key: String) -> [String: String] {
        guard let node = self[key] else { return [:] }
        guard let members = node.members else {
            add(node, "'\(key)' is a mapping of names to texts, not \(node.summary)")
            return [:]
        }
        var texts: [String: String] = [:]
        for member in members { texts[member.key] = text(member.value, what: "'\(member.key)'") }
        return texts
    }
}

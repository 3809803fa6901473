import JSON

extension ContainerSpec {
    /// Of pools that say nothing of an image: Prefect's own, which has its client.
    static let prefectImage = "docker.io/prefecthq/prefect:3-latest"

    /// The container that a job of a docker pool is, in Prefect's words. What this server does itself is passed over:
    /// `auto_remove` (a container that has ended is removed) and `stream_output` (what it writes becomes the run's log).
    init(_ job: JSONObject) throws(JobTemplateError) {
        self.init(image: try job.text("image") ?? Self.prefectImage)
        pull = try Self.pull(try job.text("image_pull_policy"))
        registry = try Self.registry(job["registry_credentials"] ?? .null)
        volumes = try job.texts("volumes")
        if let mode = try job.text("network_mode") {
            networks = [mode]
        } else {
            networks = try job.texts("networks")
        }
        user = try job.text("user")
        memoryBytes = try job.memory("mem_limit")
        memorySwapBytes = try job.memory("memswap_limit")
        if case .bool(true)? = job["privileged"] { isPrivileged = true }
        for (name, value) in job["labels"]?.objectValue ?? [:] where !value.isNull {
            labels[name] = value.textInTemplates
        }
        let others = job["container_create_kwargs"]?.objectValue ?? [:]
        user = try others.text("user") ?? user
        workingDirectory = try others.text("working_dir")
        sharedMemoryBytes = try others.memory("shm_size")
        if let entrypoint = others["entrypoint"] {
            if let text = entrypoint.stringValue {
                self.entrypoint = try ShellWords.split(text)
            } else {
                self.entrypoint = try others.texts("entrypoint")
            }
        }
        if let nano = others["nano_cpus"]?.intValue { cpus = Double(nano) / 1e9 }
        processes = others["pids_limit"]?.intValue.flatMap { $0 > 0 ? $0 : nil }
        for (name, address) in others["extra_hosts"]?.objectValue ?? [:] {
            hosts.append("\(name):\(address.textInTemplates)")
        }
    }

    /// What a block of Prefect's type `docker-registry-credentials` holds, or an object that looks like that.
    private static func registry(_ value: JSONValue) throws(JobTemplateError) -> RegistryCredentials? {
        guard !value.isNull else { return nil }
        guard let username = value["username"]?.stringValue, let password = value["password"]?.stringValue else {
            throw .unreadable(
                field: "registry_credentials", expected: "an object, or a block, with a \"username\" and a \"password\""
            )
        }
        return RegistryCredentials(username: username, password: password)
    }

    /// Prefect's policies; without one an image is fetched when its tag is `latest` or missing, and otherwise when the
    /// engine does not have it. Here the latter holds for both: what an agent's host has is what somebody put there.
    private static func pull(_ policy: String?) throws(JobTemplateError) -> PullPolicy {
        switch policy {
        case nil, "IfNotPresent": .missing
        case "Always": .always
        case "Never": .never
        default: throw .unreadable(field: "image_pull_policy", expected: "IfNotPresent, Always or Never")
        }
    }
}

extension JSONObject {
    fileprivate func texts(_ key: String) throws(JobTemplateError) -> [String] {
        guard let value = self[key], !value.isNull else { return [] }
        guard let elements = value.arrayValue else { throw .unreadable(field: key, expected: "a list of texts") }
        var texts: [String] = []
        for element in elements {
            guard let text = element.stringValue else { throw .unreadable(field: key, expected: "a list of texts") }
            texts.append(text)
        }
        return texts
    }

    /// As Docker's client reads it: bytes, or a text such as `512m`.
    fileprivate func memory(_ key: String) throws(JobTemplateError) -> Int64? {
        guard let value = self[key], !value.isNull else { return nil }
        if let bytes = value.intValue { return bytes > 0 ? Int64(bytes) : nil }
        guard let text = value.stringValue else { throw .unreadable(field: key, expected: "an amount such as 512m") }
        if text.isEmpty || text == "-1" { return nil }
        guard let bytes = MemoryAmount.parse(text) else {
            throw .unreadable(field: key, expected: "an amount such as 512m")
        }
        return bytes
    }
}

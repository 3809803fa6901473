public import JSON

/// The form in which it is stored and travels: absent where default, amounts in bytes.
extension ContainerSpec: JSONEncodable, JSONReadable {
    public var json: JSONValue {
        var object: JSONObject = ["image": .string(image)]
        if pull != .missing { object["pull"] = .string(pull.rawValue) }
        object["registry"] = registry?.json
        for (key, list) in [
            ("entrypoint", entrypoint), ("volumes", volumes), ("networks", networks), ("hosts", hosts),
        ] where !list.isEmpty { object[key] = list.json }
        if !environment.isEmpty { object["env"] = environment.json }
        if !labels.isEmpty { object["labels"] = labels.json }
        object["user"] = user.map { .string($0) }
        object["working_directory"] = workingDirectory.map { .string($0) }
        object["memory"] = memoryBytes.map { .integer($0) }
        object["memory_swap"] = memorySwapBytes.map { .integer($0) }
        object["cpus"] = cpus.map { $0.json }
        object["processes"] = processes.map { .integer(Int64($0)) }
        object["shared_memory"] = sharedMemoryBytes.map { .integer($0) }
        if isPrivileged { object["privileged"] = true }
        return .object(object)
    }

    public init(reading reader: JSONReader) throws(JSONReadingError) {
        self.init(image: try reader.required("image").string)
        guard !image.isEmpty else { throw try reader.required("image").error("too_short", "The image has no name") }
        if let name = try reader.optional("pull") {
            guard let known = PullPolicy(rawValue: try name.string) else {
                throw name.error("enum", "Input should be always, missing or never")
            }
            pull = known
        }
        registry = try reader.optional("registry")
        entrypoint = try reader.optional("entrypoint") ?? []
        volumes = try reader.optional("volumes") ?? []
        networks = try reader.optional("networks") ?? []
        hosts = try reader.optional("hosts") ?? []
        environment = try reader.optional("env")?.texts ?? [:]
        labels = try reader.optional("labels")?.texts ?? [:]
        user = try reader.optional("user")?.string
        workingDirectory = try reader.optional("working_directory")?.string
        memoryBytes = try reader.optional("memory")?.memory
        memorySwapBytes = try reader.optional("memory_swap")?.memory
        cpus = try reader.optional("cpus")?.positive
        processes = try reader.optional("processes")?.count
        sharedMemoryBytes = try reader.optional("shared_memory")?.memory
        isPrivileged = try reader.optional("privileged") ?? false
    }

    /// Reads what `json` writes.
    public init(json: JSONValue) throws(JSONReadingError) { try self.init(reading: JSONReader(json)) }
}

extension JSONReader {
    /// An object of texts.
    var texts: [String: String] {
        get throws(JSONReadingError) {
            var texts: [String: String] = [:]
            for (name, value) in try members { texts[name] = try value.string }
            return texts
        }
    }

    /// An amount of memory in bytes, or as people write it.
    var memory: Int64 {
        get throws(JSONReadingError) {
            if case .integer(let bytes) = value, bytes > 0 { return bytes }
            guard case .string(let text) = value, let bytes = MemoryAmount.parse(text), bytes > 0 else {
                throw error("memory", "Input should be a number of bytes, or a text such as 512m or 2g")
            }
            return bytes
        }
    }

    var positive: Double {
        get throws(JSONReadingError) {
            let number = try double
            guard number > 0 else { throw error("greater_than", "Input should be greater than 0") }
            return number
        }
    }
}

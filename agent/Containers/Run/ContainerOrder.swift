public import Domain
public import JSON

/// A container that is wanted, as it is told to the program that makes and watches it: in a file.
public struct ContainerOrder: Sendable, Hashable {
    /// The labels by which a container is known as an agent's, and as an attempt's.
    public static let agentLabel = "sluice.agent"
    public static let attemptLabel = "sluice.attempt"

    public var socket: String
    /// The file with logins at registries, for images that the deployment has none for.
    public var registryFile: String?
    /// The container's.
    public var name: String
    public var spec: ContainerSpec
    public var labels: [String: String]
    public var arguments: [String]
    public var environment: [String: String]
    /// The folders of the host that the container sees, as in `ContainerSpec.volumes`.
    public var mounts: [String]
    /// In the container; nothing for the image's own.
    public var workingDirectory: String?
    /// Graphics processors of the host that the container sees.
    public var devices: [String] = []
    public var timeout: Duration?
    /// Between asking it to end and ending it, when it runs into its timeout.
    public var grace: Duration
    /// Where the outcome is to be written.
    public var outcomePath: String
    /// Is there once the container is to be stopped by somebody's wish: the grace, in milliseconds.
    public var gracePath: String

    public init(
        socket: String, name: String, spec: ContainerSpec, labels: [String: String], arguments: [String],
        environment: [String: String], mounts: [String], workingDirectory: String?, timeout: Duration?,
        grace: Duration, outcomePath: String, gracePath: String
    ) {
        self.socket = socket
        self.name = name
        self.spec = spec
        self.labels = labels
        self.arguments = arguments
        self.environment = environment
        self.mounts = mounts
        self.workingDirectory = workingDirectory
        self.timeout = timeout
        self.grace = grace
        self.outcomePath = outcomePath
        self.gracePath = gracePath
    }
}

extension ContainerOrder: JSONEncodable, JSONReadable {
    public var json: JSONValue {
        var object: JSONObject = [
            "socket": .string(socket), "name": .string(name), "spec": spec.json, "labels": labels.json,
            "arguments": arguments.json, "environment": environment.json, "mounts": mounts.json,
            "grace": .integer(grace.inMilliseconds), "outcome_path": .string(outcomePath),
            "grace_path": .string(gracePath),
        ]
        if !devices.isEmpty { object["devices"] = devices.json }
        object["registry_file"] = registryFile.map { .string($0) }
        object["working_directory"] = workingDirectory.map { .string($0) }
        object["timeout"] = timeout.map { .integer($0.inMilliseconds) }
        return .object(object)
    }

    public init(reading reader: JSONReader) throws(JSONReadingError) {
        self.init(
            socket: try reader.required("socket").string, name: try reader.required("name").string,
            spec: try reader.required("spec"), labels: try reader.required("labels").namedTexts,
            arguments: try reader.required("arguments"), environment: try reader.required("environment").namedTexts,
            mounts: try reader.required("mounts"), workingDirectory: try reader.optional("working_directory")?.string,
            timeout: try reader.optional("timeout").map { (reader) throws(JSONReadingError) in
                .milliseconds(try reader.int)
            },
            grace: .milliseconds(try reader.required("grace").int),
            outcomePath: try reader.required("outcome_path").string,
            gracePath: try reader.required("grace_path").string)
        devices = try reader.optional("devices") ?? []
        registryFile = try reader.optional("registry_file")?.string
    }
}

extension JSONReader {
    fileprivate var namedTexts: [String: String] {
        get throws(JSONReadingError) {
            var texts: [String: String] = [:]
            for (name, value) in try members { texts[name] = try value.string }
            return texts
        }
    }
}

extension Duration {
    var inMilliseconds: Int64 { Int64(self / .milliseconds(1)) }
}

/// A process that does beforehand what every child of a kind does first, and becomes one of them by forking.
///
/// The supervisor asks it over its standard input, a socket that keeps messages apart: `fork`, with four descriptors:
/// what the child writes its output and its errors to, a gate, and a file with the child's working directory and the
/// variables of its environment, each ended by a NUL. It forks by way of a process that ends at once, so that the
/// supervisor becomes the child's parent, and answers `forked PID`. The child leads a session of its own, waits at the
/// gate for a `g`, and ends if an end comes instead. `ready KIBIBYTES` says that it can be asked from now on. When
/// anything is not as it should be it ends, and the child is started without it.
public struct ZygoteSpec: Sendable, Hashable {
    /// Names it; children name it too.
    public var key: String
    public var arguments: [String]
    /// All of it.
    public var environment: [String: String]
    public var directory: String

    public init(key: String, arguments: [String], environment: [String: String], directory: String) {
        self.key = key
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
    }
}

/// The same as it travels.
struct ZygoteRequest: Equatable {
    var key: String
    var directory: String
    var arguments: CStrings
    var environment: CStrings

    init(_ spec: ZygoteSpec) {
        key = spec.key
        directory = spec.directory
        arguments = CStrings(spec.arguments)
        environment = CStrings()
        for (name, value) in spec.environment where name != StartRequest.marker {
            environment.append("\(name)=\(value)")
        }
    }

    init(_ reader: inout FieldReader) throws(FrameFault) {
        key = try reader.text()
        guard (1...200).contains(key.utf8.count), !key.utf8.contains(0) else { throw .invalidField }
        directory = try reader.text()
        arguments = try reader.strings()
        environment = try reader.strings()
    }

    func encode(into frame: inout FieldWriter) {
        frame.text(key)
        frame.text(directory)
        frame.strings(arguments)
        frame.strings(environment)
    }
}

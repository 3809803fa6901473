/// A `ChildSpec` as it travels: strings in the form that `execve` wants, times in nanoseconds.
struct StartRequest: Equatable {
    var token: String
    var arguments: CStrings
    var environment: CStrings
    var directory: String
    var capturePath: String
    /// `UInt64.max`: none.
    var timeout: UInt64
    /// When the lease ends: a point in time, so that nothing is added by the way to the supervisor.
    var deadline: Uptime
    var grace: UInt64
    var limits: [ResourceLimit]
    /// Empty: none.
    var zygote: String

    /// In the environment of every process of a child: the supervisor's directory and the token. By it are known those
    /// that escaped from the child's session, and those that a killed supervisor left behind.
    static let marker = "SLUICE_CHILD"

    init(_ spec: ChildSpec, at now: Uptime) {
        token = spec.token
        arguments = CStrings(spec.arguments)
        environment = CStrings()
        for (name, value) in spec.environment where name != Self.marker { environment.append("\(name)=\(value)") }
        directory = spec.directory
        capturePath = spec.capturePath
        timeout = spec.timeout?.nanoseconds ?? .max
        deadline = now.after(nanoseconds: spec.deadline?.nanoseconds ?? .max)
        grace = spec.grace.nanoseconds
        limits = spec.limits
        zygote = spec.zygote ?? ""
    }

    init(_ reader: inout FieldReader) throws(FrameFault) {
        token = try reader.text()
        guard (1...255).contains(token.utf8.count), !token.utf8.contains(0) else { throw .invalidField }
        directory = try reader.text()
        capturePath = try reader.text()
        timeout = try reader.integer()
        deadline = Uptime(nanoseconds: try reader.integer())
        grace = try reader.integer()
        limits = try reader.list(smallest: 20) { (reader) throws(FrameFault) in
            ResourceLimit(resource: try reader.integer(), soft: try reader.integer(), hard: try reader.integer())
        }
        zygote = try reader.text()
        arguments = try reader.strings()
        environment = try reader.strings()
    }

    func encode(into frame: inout FieldWriter) {
        frame.text(token)
        frame.text(directory)
        frame.text(capturePath)
        frame.integer(timeout)
        frame.integer(deadline.nanoseconds)
        frame.integer(grace)
        frame.integer(UInt32(truncatingIfNeeded: limits.count))
        for limit in limits {
            frame.integer(limit.resource)
            frame.integer(limit.soft)
            frame.integer(limit.hard)
        }
        frame.text(zygote)
        frame.strings(arguments)
        frame.strings(environment)
    }
}

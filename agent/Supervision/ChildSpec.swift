/// What the supervisor is to start, and when it is to stop it.
public struct ChildSpec: Sendable, Equatable {
    /// Names the child in every request and event. Unique among the children that are not yet acknowledged;
    /// 1 to 255 bytes of UTF-8 without NUL. Processes of the child carry it in `SLUICE_CHILD`.
    public var token: String
    /// The command and its arguments. A command without a slash is looked up in the `PATH` of `environment`.
    public var arguments: [String]
    /// All of the child's environment: nothing is inherited from the agent. `SLUICE_CHILD` is set by the supervisor.
    public var environment: [String: String]
    /// The working directory.
    public var directory: String
    /// Where what the child writes is kept, in the format that `CaptureReader` reads. A silent child leaves no file.
    public var capturePath: String
    /// How long it may run; nil for as long as it likes.
    public var timeout: Duration?
    /// How long from now its lease lasts unless renewed, in time that goes on while the machine sleeps; nil for ever.
    public var deadline: Duration?
    /// Between asking it to end (TERM) and ending it (KILL) when the supervisor itself stops it.
    public var grace: Duration
    /// Set with `setrlimit` before the program starts.
    public var limits: [ResourceLimit]
    /// The key of a zygote that may become the child, if there is one that is ready: then `arguments` are not looked at.
    public var zygote: String?

    public init(
        token: String, arguments: [String], environment: [String: String], directory: String, capturePath: String,
        timeout: Duration? = nil, deadline: Duration? = nil, grace: Duration = .seconds(10),
        limits: [ResourceLimit] = [], zygote: String? = nil
    ) {
        self.token = token
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.capturePath = capturePath
        self.timeout = timeout
        self.deadline = deadline
        self.grace = grace
        self.limits = limits
        self.zygote = zygote
    }
}

/// One `setrlimit`.
public struct ResourceLimit: Sendable, Equatable {
    /// An `RLIMIT_…` number.
    public var resource: Int32
    /// In the unit of the resource; `UInt64.max` for none.
    public var soft: UInt64
    /// In the unit of the resource; `UInt64.max` for none.
    public var hard: UInt64

    public init(resource: Int32, soft: UInt64, hard: UInt64) {
        self.resource = resource
        self.soft = soft
        self.hard = hard
    }
}

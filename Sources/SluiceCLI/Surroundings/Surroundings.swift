import Domain

/// What a command knows of the world: everything that a test replaces.
struct Surroundings: Sendable {
    var environment: [String: String] = [:]
    /// The time; the epoch where nobody says.
    var now: @Sendable () -> Timestamp = { Timestamp(microseconds: 0) }
    /// 64 random bits a call; none where nobody says.
    var random: @Sendable () -> UInt64 = { 0 }
    var console = Console()
    /// Begins to listen for ctrl-C (and SIGTERM), which then do nothing else.
    var interruptions: @Sendable () -> AsyncStream<Int32> = { AsyncStream { _ in } }
    /// Puts a question to somebody at a terminal, and returns the line that is answered; nothing where nobody is.
    var ask: (@Sendable (String) -> String)?
    /// The folder of this program, in which the other two usually are.
    var programFolder: String?
    var workingFolder = "."
    /// The standard input's descriptor.
    var input: Int32 = 0

    /// Those of the command that is being executed.
    @TaskLocal static var current = Surroundings()

    /// A variable of the environment that has a value.
    func variable(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}

import CProcess
import Glibc

/// The program `sluice-agent supervise`: spawns, watches, stops and reaps an agent's children, and outlives the agent.
public enum SupervisorProgram {
    /// How patient it is.
    public struct Settings: Sendable {
        /// It ends by itself after so long without an agent, a child or an exit that nobody has acknowledged.
        public var idle: Duration
        /// How long it waits for the end of a child's output after the main process has ended and the rest was killed.
        public var drain: Duration
        /// Between TERM and KILL when a lease has ended, at most. The server's margin has to be longer.
        public var leaseGrace: Duration
        /// How long an ended child's output may wait for room on the disk before it is counted as lost.
        public var diskPatience: Duration

        public init(
            idle: Duration = .seconds(60), drain: Duration = .milliseconds(500),
            leaseGrace: Duration = .milliseconds(500), diskPatience: Duration = .seconds(30)
        ) {
            self.idle = idle
            self.drain = drain
            self.leaseGrace = leaseGrace
            self.diskPatience = diskPatience
        }
    }

    /// Runs until it is idle, told to end, or asked to by SIGTERM; answers with the exit code for the process.
    ///
    /// It must be called on the main thread of a process that does nothing else: it closes all inherited descriptors,
    /// changes the working directory to `directory`, blocks signals, and becomes the parent of orphans. There is one
    /// supervisor per directory; a second one says so on stderr and ends with 1. It serves as soon as it has let go of
    /// stdout and stderr.
    public static func run(directory: String, settings: Settings = Settings()) -> Int32 {
        var starter: Int32 = -1
        do throws(SupervisorDirectory.Fault) {
            sluice_close_from(3)
            sluice_default_signals()
            setsid()
            let path = try SupervisorDirectory.enter(directory)
            try SupervisorDirectory.lock()
            starter = try SupervisorDirectory.redirectStandardDescriptors()
            let supervisor = try Supervisor(directory: path, settings: settings)
            close(starter)
            supervisor.run()
            return 0
        } catch {
            supervisorLog("\(error)")
            if starter >= 0 { supervisorLog("\(error)", to: starter) }
            return 1
        }
    }
}

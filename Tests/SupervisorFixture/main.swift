import Glibc
import Supervision

// The supervisor as a program of its own, for SupervisionTests:
// SupervisorFixture DIRECTORY [IDLE-MILLISECONDS [DISK-PATIENCE-MILLISECONDS]]

let arguments = CommandLine.arguments.dropFirst()
let milliseconds = arguments.dropFirst().compactMap { Int($0) }
exit(
    SupervisorProgram.run(
        directory: arguments.first ?? ".",
        settings: SupervisorProgram.Settings(
            idle: .milliseconds(milliseconds.first ?? 60_000),
            diskPatience: .milliseconds(milliseconds.dropFirst().first ?? 30_000))))

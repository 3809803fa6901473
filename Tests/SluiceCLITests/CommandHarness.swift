import Domain
import Synchronization
import TestSupport

@testable import SluiceCLI

/// What came of a command.
struct CommandOutcome {
    let code: Int32
    let output: String
    let errors: String
}

/// Executes commands as the shell does, against a server whose answers a test makes up.
struct CommandHarness {
    var environment: [String: String] = [:]
    var programFolder: String?
    var workingFolder = "."
    var now = Timestamp(microseconds: 1_800_000_000_000_000)
    var isTerminal = false
    var width = 100
    var interruptions: @Sendable () -> AsyncStream<Int32> = { AsyncStream { _ in } }
    /// Answers questions, for a person at a terminal.
    var ask: (@Sendable (String) -> String)?
    var height = 24
    /// How many bytes of output are taken before nobody reads any more.
    var patience = Int.max
    /// Hears of all output so far, each time that there is more.
    var written: @Sendable (String) -> Void = { _ in }

    func run(_ arguments: String...) async -> CommandOutcome { await perform(arguments) }

    func perform(_ arguments: [String]) async -> CommandOutcome {
        let box = WrittenBytes()
        let device = Console.Device(
            isTerminal: isTerminal, hasColour: false, width: { [width] in width },
            height: { [height] in height })
        let surroundings = Surroundings(
            environment: environment, now: { [now] in now },
            console: Console(
                output: device, errors: device,
                writeOutput: { [patience, written] bytes in
                    try box.append(bytes, patience: patience)
                    written(box.output)
                },
                writeErrors: { box.appendErrors($0) }),
            interruptions: interruptions, ask: ask, programFolder: programFolder,
            workingFolder: workingFolder)
        let code = await Surroundings.$current.withValue(surroundings) { await Program.run(arguments) }
        return CommandOutcome(code: code, output: box.output, errors: box.errors)
    }
}

/// What a command has written so far.
final class WrittenBytes: Sendable {
    private let bytes = Mutex<(output: [UInt8], errors: [UInt8])>(([], []))

    var output: String { bytes.withLock { String(decoding: $0.output, as: UTF8.self) } }
    var errors: String { bytes.withLock { String(decoding: $0.errors, as: UTF8.self) } }

    func append(_ more: [UInt8], patience: Int) throws {
        try bytes.withLock {
            $0.output += more
            if $0.output.count > patience { throw ClosedOutput() }
        }
    }

    func appendErrors(_ more: [UInt8]) { bytes.withLock { $0.errors += more } }
}

import APIClient
import Domain
import JSON

/// Follows a batch until no run of it is unfinished, over the server's restarts and the network's gaps.
struct BatchFollower {
    let connection: APIConnection
    let batchID: String
    let isJSON: Bool

    /// How often it is tried to reach a server that is gone, a second apart.
    private static let patience = 60

    /// - Returns: the final counts; nothing if ctrl-C came first.
    func follow() async throws -> BatchProgress? {
        let follower = self
        return try await untilInterrupted { try await follower.followToEnd() }
    }

    /// Shows the progress until all has ended; says how to go on if ctrl-C comes first.
    ///
    /// - Throws: `QuietFailure` when a run did not complete.
    func watch() async throws {
        guard let progress = try await follow() else {
            return Surroundings.current.console.note(
                """

                The batch goes on. Watch it again with: sluice batch follow \(batchID)
                To see its runs: sluice ps --batch \(batchID)
                To end it: sluice batch cancel \(batchID)
                """)
        }
        guard progress.runs[.completed] == progress.size || progress.size == 0 else { throw QuietFailure() }
    }

    private func followToEnd() async throws -> BatchProgress {
        var display = ProgressDisplay(surroundings: Surroundings.current, isJSON: isJSON)
        var failures = 0
        while true {
            do {
                var stream = try await connection.follow(batch: batchID)
                while true {
                    let (progress, isLast) = try await stream.next()
                    failures = 0
                    try display.show(progress, isLast: isLast)
                    if isLast { return progress }
                }
            } catch let error as APIError where error.isDisconnection && display.hasShown {
                failures += 1
                guard failures <= Self.patience else { throw error }
                if failures == 1 { display.interrupt("The server is gone (\(error)); waiting for it to come back.") }
                try await Task.sleep(for: .seconds(1))
            }
        }
    }
}

/// Shows progress: a line that is drawn anew on a terminal, lines now and then elsewhere, events for programs.
struct ProgressDisplay {
    private let surroundings: Surroundings
    private let isJSON: Bool
    private var first: (time: Timestamp, ended: Int)?
    private var lastShown: (time: Timestamp, percent: Int, progress: BatchProgress)?

    /// Between two lines where there is no terminal, unless a tenth more has been done.
    private static let pause: Duration = .seconds(10)

    init(surroundings: Surroundings, isJSON: Bool) {
        self.surroundings = surroundings
        self.isJSON = isJSON
    }

    var hasShown: Bool { first != nil }

    private var console: Console { surroundings.console }

    mutating func show(_ progress: BatchProgress, isLast: Bool) throws {
        let now = surroundings.now()
        let start = first ?? (now, progress.endedCount)
        first = start
        let line = ProgressLine(progress: progress, elapsed: now - start.time, endedBefore: start.ended)
        if isJSON {
            if isLast { try console.print(LogPrinter.event("end", progress.json).serialized()) }
        } else if console.errors.isTerminal {
            let text = line.text(width: console.errors.width(), style: console.errorStyle)
            console.writeErrors(Array("\r\u{1B}[2K\(text)\(isLast ? "\n" : "")".utf8))
        } else {
            let percent = progress.size == 0 ? 100 : progress.endedCount * 100 / progress.size
            let isDue = lastShown.map { now - $0.time >= Self.pause || percent >= $0.percent + 10 } ?? true
            guard isDue || isLast, lastShown?.progress != progress else { return }
            lastShown = (now, percent, progress)
            console.note(line.plain)
        }
    }

    /// Says something between two drawings of the line.
    func interrupt(_ message: String) {
        console.note(console.errors.isTerminal && !isJSON ? "\r\u{1B}[2K\(message)" : message)
    }
}

import Domain
import Glibc
import Synchronization

/// What the whole swarm has done.
final class Score: Sendable {
    private struct State {
        var welcomed = 0
        var lives = 0
        var firstAssignment: UInt64?
        var latencies: [Double] = []
        var waiter: (lives: Int, continuation: CheckedContinuation<UInt64, Never>)?
    }

    private let state = Mutex(State())

    var welcomed: Int { state.withLock(\.welcomed) }

    func noteWelcome() { state.withLock { $0.welcomed += 1 } }

    /// - Parameter parameters: a run that says `{"at": nanoseconds}`, the clock when it was submitted, tells how long it
    ///   took to get here.
    func noteAssignment(parameters: String, at now: UInt64) {
        let digits = parameters.hasPrefix("{\"at\":") ? parameters.dropFirst(6).prefix { $0.isNumber } : ""
        state.withLock { state in
            state.firstAssignment = state.firstAssignment ?? now
            if let at = UInt64(digits), at < now { state.latencies.append(Double(now - at) / 1e6) }
        }
    }

    func noteLives(_ count: Int) {
        let waiter = state.withLock { state -> CheckedContinuation<UInt64, Never>? in
            state.lives += count
            guard let waiter = state.waiter, state.lives >= waiter.lives else { return nil }
            state.waiter = nil
            return waiter.continuation
        }
        waiter?.resume(returning: monotonicNanoseconds())
    }

    /// Waits until so many lives have ended, with their ends on the server's disk.
    ///
    /// - Returns: seconds since the first of them was assigned.
    func seconds(until lives: Int) async -> Double {
        let end = await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                guard state.lives < lives else { return true }
                state.waiter = (lives, continuation)
                return false
            }
            if isOver { continuation.resume(returning: monotonicNanoseconds()) }
        }
        return Double(end - (state.withLock(\.firstAssignment) ?? end)) / 1e9
    }

    /// Milliseconds from submission to receipt, in order.
    var latencies: [Double] { state.withLock(\.latencies).sorted() }
}

func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

func wallClock() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
}

func fail(_ message: String) -> Never {
    let line = Array("swarm: \(message)\n".utf8)
    _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    exit(1)
}

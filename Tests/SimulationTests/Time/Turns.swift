import Synchronization

/// Lets one piece of asynchronous work go on at a time: until it ends, or until it parks itself.
///
/// This is what makes concurrent code repeatable. The driver is the only one that decides who goes on next, and it
/// waits while somebody does; so the interleaving of all work is a choice of the driver's, not of the machine's.
final class Turns: Sendable {
    /// Work that waits to be resumed.
    struct Pause: Sendable {
        let id: Int
        /// How long it wants to wait, in microseconds of virtual time.
        let delay: Int64
    }

    private struct State {
        var driver: CheckedContinuation<Void, Never>?
        var pause: Pause?
        var parked: [Int: CheckedContinuation<Void, any Error>] = [:]
        var lastID = 0
    }

    private let state = Mutex(State())

    /// Begins a piece of work.
    ///
    /// - Returns: where it has parked itself; nothing when it has ended.
    func begin(_ work: @escaping @Sendable () async -> Void) async -> Pause? {
        await turn {
            Task {
                await work()
                self.handBack(nil)
            }
        }
    }

    /// Lets parked work go on, or has its `park` throw.
    func resume(_ id: Int, throwing error: (any Error)? = nil) async -> Pause? {
        guard let parked = state.withLock({ $0.parked.removeValue(forKey: id) }) else { return nil }
        return await turn {
            if let error { parked.resume(throwing: error) } else { parked.resume() }
        }
    }

    /// Waits until the driver resumes this work. Called by the work.
    func park(for delay: Int64) async throws {
        try await withCheckedThrowingContinuation { continuation in
            let pause = state.withLock { state in
                state.lastID += 1
                state.parked[state.lastID] = continuation
                return Pause(id: state.lastID, delay: delay)
            }
            handBack(pause)
        }
    }

    /// All that is parked, in the order of its parking.
    var parked: [Int] { state.withLock { $0.parked.keys.sorted() } }

    private func turn(_ go: () -> Void) async -> Pause? {
        await withCheckedContinuation { driver in
            state.withLock { $0.driver = driver }
            go()
        }
        return state.withLock { $0.pause.take() }
    }

    private func handBack(_ pause: Pause?) {
        let driver = state.withLock { state in
            state.pause = pause
            return state.driver.take()
        }
        driver?.resume()
    }
}

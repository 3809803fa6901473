import Glibc
import Synchronization

/// SIGTERM and SIGINT, as calls: the first asks the agent to end, a second one ends it.
///
/// The signals are handled, not blocked and awaited: the main thread of an async program sleeps with an empty mask.
enum EndSignals {
    /// Where the handler writes. A handler may do little more than that.
    private static let bell = Atomic<Int32>(-1)

    /// Calls `body`, on a thread of its own, at the first signal.
    ///
    /// - Parameter isPatient: a second signal says nothing new, and does not end the program.
    static func watch(isPatient: Bool = false, _ body: @escaping @Sendable () -> Void) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return }  // The signals then end the agent at once, as they do anyway.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        bell.store(ends[1], ordering: .sequentiallyConsistent)
        startThread(Watcher(descriptor: ends[0], isPatient: isPatient, body: body))
        for number in [SIGTERM, SIGINT] {
            signal(number) { number in
                var byte = UInt8(truncatingIfNeeded: number)
                _ = write(EndSignals.bell.load(ordering: .sequentiallyConsistent), &byte, 1)
            }
        }
    }

    private static func startThread(_ watcher: Watcher) {
        let entry = Unmanaged.passRetained(watcher)
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Watcher>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, entry.toOpaque())
        if code == 0 { pthread_detach(thread) } else { entry.release() }
    }

    private final class Watcher {
        private let descriptor: Int32
        private let isPatient: Bool
        private let body: () -> Void

        init(descriptor: Int32, isPatient: Bool, body: @escaping () -> Void) {
            self.descriptor = descriptor
            self.isPatient = isPatient
            self.body = body
        }

        func run() {
            _ = next()
            body()
            while isPatient { _ = next() }
            _exit(128 + next())
        }

        private func next() -> Int32 {
            var byte: UInt8 = 0
            while read(descriptor, &byte, 1) != 1 {}
            return Int32(byte)
        }
    }
}

import CProcess
import Glibc

/// Waits for any of many descriptors.
final class Poller {
    /// One descriptor that has something to say.
    struct Readiness {
        let descriptor: Int32
        /// A read will not block: there are bytes, an end, or an error.
        let isReadable: Bool
        let isWritable: Bool
    }

    private let descriptor: Int32
    private var events = [epoll_event](repeating: epoll_event(), count: 128)

    init?() {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        if descriptor < 0 { return nil }
    }

    func watch(_ watched: Int32) {
        control(EPOLL_CTL_ADD, watched, EPOLLIN.rawValue)
    }

    func watch(_ watched: Int32, alsoForWriting: Bool) {
        control(EPOLL_CTL_MOD, watched, EPOLLIN.rawValue | (alsoForWriting ? EPOLLOUT.rawValue : 0))
    }

    func forget(_ watched: Int32) {
        control(EPOLL_CTL_DEL, watched, 0)
    }

    /// Waits until something is ready, or not at all.
    func wait(block: Bool) -> [Readiness] {
        let count = epoll_wait(descriptor, &events, Int32(events.count), block ? -1 : 0)
        return events.prefix(Int(max(0, count))).map { event in
            Readiness(
                descriptor: event.data.fd,
                isReadable: event.events & ~EPOLLOUT.rawValue != 0,
                isWritable: event.events & EPOLLOUT.rawValue != 0)
        }
    }

    private func control(_ operation: Int32, _ watched: Int32, _ events: UInt32) {
        var event = epoll_event()
        event.events = events
        event.data.fd = watched
        epoll_ctl(descriptor, operation, watched, &event)
    }
}

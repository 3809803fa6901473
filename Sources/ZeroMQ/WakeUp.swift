import CZeroMQ
import Glibc

/// Ends the poll of a socket's thread from any other thread.
final class WakeUp: Sendable {
    let descriptor: Int32

    init() throws(ZeroMQError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard descriptor >= 0 else {
            throw .resourcesExhausted(call: "eventfd", reason: ZeroMQError.reason(errno))
        }
    }

    deinit { Glibc.close(descriptor) }

    func signal() {
        while eventfd_write(descriptor, 1) != 0, errno == EINTR {}
    }

    func clear() {
        var count: eventfd_t = 0
        while eventfd_read(descriptor, &count) != 0, errno == EINTR {}
    }
}

import Glibc

/// What the kernel says of processes that it killed for want of memory.
enum KernelLog {
    /// Whether it killed one of the container for a limit of memory, as far as the log goes back and may be read. Engines
    /// say that too, but not all of them with all kernels.
    static func tellsOfLackOfMemory(in container: String) -> Bool {
        let file = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 8192)
        while true {
            let count = read(file, &buffer, buffer.count)
            // EPIPE: what was next has been overwritten meanwhile.
            if count < 0, errno == EINTR || errno == EPIPE { continue }
            guard count > 0 else { return false }
            let text = String(decoding: buffer[..<count], as: UTF8.self)
            if text.contains("oom-kill:"), text.contains("oom_memcg="), text.contains(container) { return true }
        }
    }
}

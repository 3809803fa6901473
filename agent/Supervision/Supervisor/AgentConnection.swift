import Glibc

/// The supervisor's end of a connection with an agent.
final class AgentConnection {
    let descriptor: Int32
    var inbox: Inbox
    /// It has said hello in our version.
    private(set) var isGreeted = false
    /// The poller is to say when more can be sent.
    private(set) var isBlocked = false
    private var outbox = FieldWriter()
    private var unsent: [UInt8] = []
    private var sent = 0

    init(descriptor: Int32) {
        self.descriptor = descriptor
        inbox = Inbox(limit: 64)  // a stranger's: hello is short
    }

    func greeted() {
        isGreeted = true
        inbox.limit = Request.longest
    }

    /// What the agent has not taken yet.
    var backlog: Int { unsent.count - sent + outbox.bytes.count }

    func queue(_ reply: Reply) { reply.encode(into: &outbox) }

    /// Sends what is queued, as far as it goes. False if the connection is broken.
    func flush() -> Bool {
        isBlocked = false
        while backlog > 0 {
            if sent == unsent.count {
                unsent = outbox.take()
                sent = 0
            }
            let count = unsent.withUnsafeBytes { bytes in
                send(
                    descriptor, bytes.baseAddress?.advanced(by: sent), bytes.count - sent,
                    Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            if count >= 0 {
                sent += count
            } else if errno == EAGAIN {
                isBlocked = true
                return true
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }
}

import CProcess
import Glibc
import Synchronization

/// A connection: sent on by whoever calls, received on by one thread.
final class SupervisorLink: Sendable {
    /// The longest reply: a list of some ten thousand children.
    static let longestReply = 64 << 20

    let events: AsyncStream<[SupervisorEvent]>
    private let socket: Int32
    /// Wakes the thread.
    private let bell: Int32
    private let output: AsyncStream<[SupervisorEvent]>.Continuation
    private let state: Mutex<State>

    private struct State {
        var outbox = FieldWriter()
        var unsent: [UInt8] = []
        var sent = 0
        var isClosing = false
        var isClosed = false
        var lastQuery: UInt32 = 0
        var queries: [UInt32: CheckedContinuation<[ChildReport]?, Never>] = [:]
        /// What came with the welcome.
        var inbox: Inbox
    }

    /// Takes over a greeted connection and what was received on it beyond the greeting.
    init(socket: Int32, inbox: Inbox) {
        self.socket = socket
        bell = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        (events, output) = AsyncStream.makeStream()
        state = Mutex(State(inbox: inbox))
    }

    deinit {
        Glibc.close(socket)
        Glibc.close(bell)
    }

    func send(_ request: Request) {
        let mustWake = state.withLock { state in
            guard !state.isClosing, !state.isClosed else { return false }
            request.encode(into: &state.outbox)
            return !flush(&state)
        }
        if mustWake { ring() }
    }

    /// Nil if the connection has ended.
    func children() async -> [ChildReport]? {
        await withCheckedContinuation { continuation in
            let query: UInt32? = state.withLock { state in
                guard !state.isClosing, !state.isClosed else { return nil }
                state.lastQuery &+= 1
                state.queries[state.lastQuery] = continuation
                return state.lastQuery
            }
            if let query { send(.list(query: query)) } else { continuation.resume(returning: nil) }
        }
    }

    func close() {
        state.withLock { $0.isClosing = true }
        ring()
    }

    /// Receives until the connection ends. Called once, on a thread of its own.
    func receive() {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 << 10, alignment: 16)
        defer { buffer.deallocate() }
        var inbox = state.withLock { state in exchange(&state.inbox, with: Inbox(limit: 0)) }
        inbox.limit = Self.longestReply
        var isOpen = deliver(from: &inbox)
        while isOpen, wait() {
            let count = recv(socket, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            if count > 0 {
                inbox.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                isOpen = deliver(from: &inbox)
            } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
                isOpen = false
            }
        }
        end()
    }

    /// Waits for something to receive, and sends what waits meanwhile. False if the agent is closing the connection.
    private func wait() -> Bool {
        let (isClosing, hasMore) = state.withLock { state in (state.isClosing && flush(&state), !flush(&state)) }
        if isClosing { return false }
        var descriptors = [
            pollfd(fd: socket, events: Int16(POLLIN) | (hasMore ? Int16(POLLOUT) : 0), revents: 0),
            pollfd(fd: bell, events: Int16(POLLIN), revents: 0),
        ]
        poll(&descriptors, 2, -1)
        if descriptors[1].revents != 0 {
            var count: UInt64 = 0
            read(bell, &count, MemoryLayout<UInt64>.size)
        }
        return true
    }

    /// Sends as much as the socket takes. True if nothing is left, or nobody to take it.
    private func flush(_ state: inout State) -> Bool {
        while true {
            if state.sent == state.unsent.count {
                state.unsent = state.outbox.take()
                state.sent = 0
                if state.unsent.isEmpty { return true }
            }
            let count = state.unsent.withUnsafeBytes { bytes in
                Glibc.send(
                    socket, bytes.baseAddress?.advanced(by: state.sent), bytes.count - state.sent,
                    Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            if count >= 0 {
                state.sent += count
            } else if errno == EAGAIN {
                return false
            } else if errno != EINTR {
                return true  // the thread will see the end too
            }
        }
    }

    /// False if the supervisor sent what is no reply.
    private func deliver(from inbox: inout Inbox) -> Bool {
        var batch: [SupervisorEvent] = []
        defer { if !batch.isEmpty { output.yield(batch) } }
        do throws(FrameFault) {
            while let reply = try inbox.next(Reply.decode) {
                switch reply {
                case .event(let event): batch.append(event)
                case .children(let query, let reports):
                    state.withLock { $0.queries.removeValue(forKey: query) }?.resume(returning: reports)
                case .welcome: break
                }
            }
            return true
        } catch {
            return false
        }
    }

    private func end() {
        let (isClosing, queries) = state.withLock { state in
            state.isClosed = true
            return (state.isClosing, exchange(&state.queries, with: [:]))
        }
        shutdown(socket, Int32(SHUT_RDWR))
        for continuation in queries.values { continuation.resume(returning: nil) }
        if !isClosing { output.yield([.disconnected]) }
        output.finish()
    }

    private func ring() {
        var one: UInt64 = 1
        write(bell, &one, MemoryLayout<UInt64>.size)
    }
}

private func exchange<Value>(_ place: inout Value, with value: Value) -> Value {
    defer { place = value }
    return place
}

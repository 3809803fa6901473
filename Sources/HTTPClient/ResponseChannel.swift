import Synchronization

/// Carries an answer from the thread that receives it to the tasks that want it.
final class ResponseChannel: Sendable {
    /// What a task can wait for. The end, good or bad, satisfies every wait.
    enum Milestone {
        case head, bytes, end
    }

    private struct State {
        var head: HTTPResponseHead?
        var bytes: [UInt8] = []
        var end: Result<Void, HTTPClientError>?
        var receiverSleeps = false
        var waiters: [(for: Milestone, continuation: CheckedContinuation<Void, Never>)] = []

        func has(_ milestone: Milestone) -> Bool {
            guard end == nil else { return true }
            return switch milestone {
            case .head: head != nil
            case .bytes: !bytes.isEmpty
            case .end: false
            }
        }

        mutating func takeSatisfied() -> [CheckedContinuation<Void, Never>] {
            guard !waiters.isEmpty else { return [] }
            let satisfied = waiters.filter { has($0.for) }
            waiters = waiters.filter { !has($0.for) }
            return satisfied.map(\.continuation)
        }
    }

    private let state = Mutex(State())
    /// Bytes held for a slow reader before the receiver has to wait.
    private let room: Int

    init(room: Int) {
        self.room = room
    }

    // MARK: The receiver

    func receive(_ head: HTTPResponseHead) {
        change { $0.head = head }
    }

    /// Takes a piece of the body, or refuses it (false) because the reader is behind: the receiver sleeps then until
    /// ``takeBytes()`` says that it must be woken.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        change { state in
            // An empty buffer takes any piece, so a piece larger than the room cannot wait for ever.
            guard state.bytes.isEmpty || state.bytes.count + bytes.count <= room else {
                state.receiverSleeps = true
                return false
            }
            state.bytes.append(contentsOf: bytes)
            return true
        }
    }

    /// The first end counts.
    func end(_ result: Result<Void, HTTPClientError>) {
        change { $0.end = $0.end ?? result }
    }

    private func change<T: Sendable>(_ body: (inout sending State) -> T) -> T {
        let (value, satisfied) = state.withLock { state in
            let value = body(&state)
            return (value, state.takeSatisfied())
        }
        for continuation in satisfied {
            continuation.resume()
        }
        return value
    }

    // MARK: The reader

    func wait(for milestone: Milestone) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                guard !state.has(milestone) else { return true }
                state.waiters.append((milestone, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    /// - Throws: why the answer ended without a head.
    func head() throws(HTTPClientError) -> HTTPResponseHead? {
        let (head, end) = state.withLock { ($0.head, $0.end) }
        if head == nil { try end?.get() }
        return head
    }

    /// What has come of the body; nil at its end.
    /// - Throws: why the body ended early, once all that came has been taken.
    func takeBytes() throws(HTTPClientError) -> (bytes: [UInt8], mustWakeReceiver: Bool)? {
        let (bytes, sleeps, end) = state.withLock { state in
            defer {
                state.bytes = []
                state.receiverSleeps = false
            }
            return (state.bytes, state.receiverSleeps, state.end)
        }
        if bytes.isEmpty, let end {
            try end.get()
            return nil
        }
        return (bytes, sleeps)
    }

    /// - Throws: why the answer is not complete.
    func requireCompletion() throws(HTTPClientError) {
        try state.withLock { $0.end }?.get()
    }
}

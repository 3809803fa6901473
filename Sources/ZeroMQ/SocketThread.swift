import CZeroMQ
import Glibc

/// The one thread that touches a socket: it sends what the outbox holds, fills the inbox, and sleeps in `zmq_poll`
/// until the network or the program has something for it. The loop of both kinds of socket.
final class SocketThread<Item: Parcel> {
    /// What to do with an item that libzmq does not take now.
    enum Refusal {
        /// It is dealt with; go on with the next.
        case settled
        /// Keep it, and all after it, until the socket is writable.
        case wait
    }

    private let socket: NativeSocket
    private let monitor: ConnectionMonitor?
    private let mailbox: Mailbox<Item>
    private let linger: Duration
    private let onRefusal: @Sendable (Item, Int32) -> Refusal

    /// Taken from the outbox and not yet sent, from `nextInBacklog` on. A refusal to wait leaves it standing.
    private var backlog: [Item] = []
    private var nextInBacklog = 0
    private var pollItems: [zmq_pollitem_t]

    init(
        _ socket: NativeSocket, monitor: ConnectionMonitor?, mailbox: Mailbox<Item>, linger: Duration,
        onRefusal: @escaping @Sendable (Item, Int32) -> Refusal
    ) {
        self.socket = socket
        self.monitor = monitor
        self.mailbox = mailbox
        self.linger = linger
        self.onRefusal = onRefusal
        pollItems = [
            zmq_pollitem_t(socket: nil, fd: mailbox.wakeUp.descriptor, events: Int16(ZMQ_POLLIN), revents: 0),
            zmq_pollitem_t(socket: socket.pointer, fd: 0, events: 0, revents: 0),
        ]
        if let monitor {
            let reports = monitor.socket.pointer
            pollItems.append(zmq_pollitem_t(socket: reports, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0))
        }
    }

    func run() {
        serve()
        mailbox.outbox.close()  // Does nothing, unless the socket failed: then it refuses what would wait forever.
        mailbox.inbox.finish()
        flush()
        mailbox.termination.signal()
    }

    /// A dealer's messages wait here, where bytes are counted, and not in libzmq, while no connection stands.
    private var maySend: Bool {
        monitor?.isConnected ?? true
    }

    /// Serves until the socket is closed.
    private func serve() {
        while !mailbox.outbox.isClosed {
            monitor?.forwardEvents()
            sendWaiting()
            let mayRead = mailbox.inbox.hasRoom()
            let hasRead = mayRead && receiveBatch()
            // While messages arrive there may be more: only an idle thread sleeps. It is woken for an item if it
            // could send it; else it is the network that it waits for.
            if hasRead || (maySend && backlog.isEmpty && !mailbox.outbox.park()) { continue }
            guard sleep(reading: mayRead, writing: !backlog.isEmpty, atMost: -1) else { return }
        }
    }

    /// Delivers what was sent before the socket was closed, within the linger.
    private func flush() {
        let deadline = Deadline(after: linger)
        while true {
            monitor?.forwardEvents()
            sendWaiting()
            let isFlushed = backlog.isEmpty && mailbox.outbox.park()
            let rest = deadline.remainingMilliseconds
            guard !isFlushed, rest > 0, sleep(reading: false, writing: true, atMost: Int(rest)) else { break }
        }
        monitor?.close()
        try? socket.set(ZMQ_LINGER, deadline.remainingMilliseconds)
        socket.close()
        socket.context.terminate()
    }

    /// Sends what waits at this moment, as far as the socket takes it.
    private func sendWaiting() {
        guard maySend else { return }
        if backlog.isEmpty { backlog = mailbox.outbox.take() }
        if backlog.isEmpty { return }
        var released = 0
        defer { mailbox.outbox.release(released) }
        while nextInBacklog < backlog.count {
            let item = backlog[nextInBacklog]
            let code = item.send(through: socket)
            if code != 0, onRefusal(item, code) == .wait { return }
            released += item.cost
            nextInBacklog += 1
        }
        backlog = []
        nextInBacklog = 0
    }

    /// Takes what has arrived, up to a batch's size, so that sending has its turn and the inbox stays in its bounds.
    private func receiveBatch() -> Bool {
        var batch: [Item] = []
        var bytes = 0
        while batch.count < 512, bytes < 1 << 20, let item = Item.receive(from: socket) {
            batch.append(item)
            bytes += item.cost
        }
        guard !batch.isEmpty else { return false }
        mailbox.inbox.deposit(batch, bytes: bytes)
        return true
    }

    /// Waits for the network, the program or the time.
    /// - Parameter milliseconds: -1 waits without end.
    /// - Returns: False if libzmq has ended the socket.
    private func sleep(reading: Bool, writing: Bool, atMost milliseconds: Int) -> Bool {
        let wanted = (reading ? ZMQ_POLLIN : 0) | (writing && maySend ? ZMQ_POLLOUT : 0)
        pollItems[1].events = Int16(wanted)
        let count = zmq_poll(&pollItems, Int32(pollItems.count), milliseconds)
        if count < 0 { return zmq_errno() == EINTR }
        if pollItems[0].revents != 0 { mailbox.wakeUp.clear() }
        return true
    }
}

extension SocketThread {
    /// Hands the socket over to a new thread, which closes it in the end.
    func start(named name: String) throws(ZeroMQError) {
        // It owns itself from here on; nobody else holds it.
        let entry = Unmanaged.passRetained(ThreadEntry(name: name, run: run))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<ThreadEntry>.fromOpaque(argument).takeRetainedValue().start()
                return nil
            }, entry.toOpaque())
        guard code == 0 else {
            entry.release()
            throw .resourcesExhausted(call: "pthread_create", reason: ZeroMQError.reason(code))
        }
        // The end is awaited as the thread's last signal, after the context's: nothing of ours is left to join.
        pthread_detach(thread)
    }
}

private final class ThreadEntry {
    private let name: String
    private let run: () -> Void

    init(name: String, run: @escaping () -> Void) {
        self.name = name
        self.run = run
    }

    func start() {
        pthread_setname_np(pthread_self(), name)
        // Signals are for the program's main thread.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, nil)
        run()
    }
}

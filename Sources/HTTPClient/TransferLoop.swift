import CCurl
import Glibc
import Synchronization

/// Owns libcurl's multi handle and the one thread that may touch it; all transfers run there, side by side.
///
/// Others speak to it through an inbox. The thread starts with the first transfer and ends when the session does.
final class TransferLoop: @unchecked Sendable {
    /// What the thread is asked to do.
    enum Command {
        case start(Transfer)
        /// Drop it and close its connection. Its reader has been told already.
        case abandon(Transfer)
        /// Go on with what was paused.
        case wake(Transfer)
        case stop
    }

    private struct Inbox {
        var commands: [Command] = []
        var hasThread = false
    }

    static let isLibraryReady: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    private let inbox = Mutex(Inbox())
    private let multi: UnsafeMutableRawPointer?

    // The thread's own.
    private var active: [UnsafeMutableRawPointer: Transfer] = [:]
    private var isStopping = false

    init() {
        multi = Self.isLibraryReady ? curl_multi_init() : nil
    }

    deinit {
        if let multi { curl_multi_cleanup(multi) }
    }

    func submit(_ command: Command) {
        let needsThread = inbox.withLock { inbox in
            inbox.commands.append(command)
            defer { inbox.hasThread = true }
            return !inbox.hasThread
        }
        if needsThread {
            startThread()
        } else if let multi {
            curl_multi_wakeup(multi)
        }
    }

    /// Ends what is still on its way, and then the thread.
    func stop() {
        if inbox.withLock({ $0.hasThread }) {
            submit(.stop)
        }
    }

    // MARK: The thread

    private func startThread() {
        var thread = pthread_t()
        let retained = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { pointer in
                if let pointer { Unmanaged<TransferLoop>.fromOpaque(pointer).takeRetainedValue().run() }
                return nil
            }, retained.toOpaque())
        if code == 0 {
            pthread_detach(thread)
        } else {
            retained.release()
            refuseAll("no thread could be started: \(String(cString: strerror(code)))")
        }
    }

    private func run() {
        blockSignals()
        guard let multi else { return refuseAll("libcurl could not be initialised") }
        while !isStopping {
            obeyCommands(multi)
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            collectEnded(multi)
            let patience = endIdle(multi)
            if !isStopping { curl_multi_poll(multi, nil, 0, patience, nil) }
        }
        for transfer in active.values {
            end(transfer, .failure(.cancelled), multi)
        }
    }

    /// Signals are the program's business, not this thread's; and a peer that is gone must not kill us by SIGPIPE.
    private func blockSignals() {
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)
    }

    private func obeyCommands(_ multi: UnsafeMutableRawPointer) {
        let commands = inbox.withLock { inbox in
            defer { inbox.commands.removeAll(keepingCapacity: true) }
            return inbox.commands
        }
        for command in commands {
            switch command {
            case .start(let transfer): start(transfer, multi)
            case .abandon(let transfer): end(transfer, .failure(.cancelled), multi)
            case .wake(let transfer): transfer.wake(at: now())
            case .stop: isStopping = true
            }
        }
    }

    private func start(_ transfer: Transfer, _ multi: UnsafeMutableRawPointer) {
        guard transfer.begin(), let handle = transfer.handle else {
            return transfer.end(.failure(.unreachable(url: transfer.checked.request.url, reason: "out of memory")))
        }
        active[handle] = transfer
        let code = curl_multi_add_handle(multi, handle)
        if code != CURLM_OK {
            let reason = String(cString: curl_multi_strerror(code))
            end(transfer, .failure(.unreachable(url: transfer.checked.request.url, reason: reason)), multi)
        }
    }

    private func collectEnded(_ multi: UnsafeMutableRawPointer) {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle,
                let transfer = active[handle]
            else { continue }
            end(transfer, transfer.result(of: message.pointee.data.result), multi)
        }
    }

    /// Ends transfers that were silent for too long; returns how many milliseconds the thread may sleep.
    private func endIdle(_ multi: UnsafeMutableRawPointer) -> Int32 {
        var patience: Duration = .seconds(60)
        let now = now()
        for transfer in active.values {
            guard let left = transfer.idleTimeLeft(at: now) else { continue }
            if left == .zero {
                end(transfer, .failure(.timedOut(url: transfer.checked.request.url, .idle)), multi)
            } else {
                patience = min(patience, left)
            }
        }
        return Int32(patience.milliseconds)
    }

    /// Taking out a handle whose transfer is not complete closes its connection.
    private func end(_ transfer: Transfer, _ result: Result<Void, HTTPClientError>, _ multi: UnsafeMutableRawPointer) {
        guard let handle = transfer.handle, active.removeValue(forKey: handle) != nil else { return }
        curl_multi_remove_handle(multi, handle)
        transfer.end(result)
    }

    /// There is no thread to do it; the next command tries to start one again.
    private func refuseAll(_ reason: String) {
        let commands = inbox.withLock { inbox in
            defer { inbox = Inbox() }
            return inbox.commands
        }
        for case .start(let transfer) in commands {
            transfer.end(.failure(.unreachable(url: transfer.checked.request.url, reason: reason)))
        }
    }

    private func now() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}

import Glibc

/// From pipes to capture files.
extension Supervisor {
    /// Between two tries to write to a full disk, in nanoseconds.
    private static let retryDelay: UInt64 = 1_000_000_000
    /// How often an ended child's pipe is read in a turn: more than fits into one, if nobody holds it any more.
    private static let mostReads = 16

    func watch(_ pipe: Int32, of child: Child, _ stream: CaptureRecord.Stream) {
        pipes[pipe] = (child, stream)
        poller.watch(pipe)
    }

    private func unwatch(_ pipe: Int32) {
        pipes[pipe] = nil
        poller.forget(pipe)
    }

    /// Reads a pipe once, so that one that is always full holds nobody else up. False if there is no more for now.
    @discardableResult
    func readOnce(_ child: Child, _ pipe: Int32, _ stream: CaptureRecord.Stream, at time: Int64) -> Bool {
        let count = read(pipe, scratch.baseAddress, scratch.count)
        if count > 0 {
            child.capture.append(stream, at: time, UnsafeRawBufferPointer(rebasing: scratch[..<count]))
            if child.capture.isBlocked { block(child) }
            noteNews(of: child)
            return !child.capture.isBlocked
        }
        guard count == 0 || (errno != EAGAIN && errno != EINTR) else { return false }
        unwatch(pipe)
        child.closePipe(stream)
        return false
    }

    private func noteNews(of child: Child) {
        guard !child.hasNews else { return }
        child.hasNews = true
        news.append(child)
    }

    /// Reads what an ended child has left in its pipes.
    func drain(_ child: Child) {
        let time = wallClockMicroseconds()
        for (pipe, stream) in child.openPipes where !child.capture.isBlocked {
            for _ in 0..<Self.mostReads where !readOnce(child, pipe, stream, at: time) { break }
        }
    }

    /// Stops reading: rather than lose output, a full disk makes the child wait, as long as there is patience.
    private func block(_ child: Child) {
        for (pipe, _) in child.openPipes { unwatch(pipe) }
        let now = Uptime.read()
        child.blockedSince = now
        if !blocked.contains(where: { $0 === child }) { blocked.append(child) }
        wake(at: now.after(nanoseconds: Self.retryDelay))
    }

    /// Writes what waits for the disk, where there is room again, or drops it, where it has waited for too long.
    func retryBlocked(at now: Uptime) {
        guard !blocked.isEmpty else { return }
        let tried = blocked
        blocked = []
        for child in tried where child.life.phase != .ended {
            let hasWaited = child.capture.isBlocked
            child.capture.retry(at: wallClockMicroseconds())
            if now >= child.blockedSince.after(nanoseconds: settings.diskPatience.nanoseconds) { child.capture.drop() }
            if child.capture.isBlocked || child.capture.isDropping { blocked.append(child) }
            if hasWaited, !child.capture.isBlocked { unblock(child, at: now) }
        }
        if !blocked.isEmpty { wake(at: now.after(nanoseconds: Self.retryDelay)) }
    }

    private func unblock(_ child: Child, at now: Uptime) {
        for (pipe, stream) in child.openPipes { watch(pipe, of: child, stream) }
        noteNews(of: child)
        if child.ending != nil { settle(child, at: now) }
    }

    /// Closes what is left of a child's output.
    func closeOutput(of child: Child) {
        child.capture.drop()
        drain(child)
        if child.capture.isDropping { child.capture.retry(at: wallClockMicroseconds()) }
        for (pipe, stream) in child.openPipes {
            unwatch(pipe)
            child.closePipe(stream)
        }
        child.capture.close()
        child.hasNews = false
    }
}

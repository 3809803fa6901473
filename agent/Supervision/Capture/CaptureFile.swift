import Glibc

/// The supervisor's end of a capture file: made with the first output, appended to only.
///
/// On a full disk a record waits; whoever has waited for long enough says `drop`, and output is counted instead of kept
/// until there is room again for a record that says how much is missing.
struct CaptureFile {
    private enum Condition {
        case sound
        /// What comes is counted, until there is room for the mark.
        case dropping
        /// It can never be written: what comes is counted.
        case broken
    }

    let path: String
    /// How long the file is.
    private(set) var length: UInt64 = 0
    /// Payload that could not be written.
    private(set) var lostBytes: UInt64 = 0
    /// What the disk had no room for: the rest of a record. As long as there is any, nothing more may be appended.
    private(set) var waiting: [UInt8] = []
    /// Payload of the record of which the rest waits.
    private var waitingPayload = 0
    /// Where the last whole record ends.
    private var wholeLength: UInt64 = 0
    /// Lost since the last mark.
    private var unmarked: UInt64 = 0
    private var descriptor: Int32 = -1
    private var condition = Condition.sound

    init(path: String) { self.path = path }

    /// Whether a record waits for room on the disk: call `retry` after a while.
    var isBlocked: Bool { !waiting.isEmpty }

    /// Whether output is dropped until there is room on the disk: call `retry` after a while.
    var isDropping: Bool { condition == .dropping }

    /// Appends one record.
    mutating func append(_ stream: CaptureRecord.Stream, at time: Int64, _ payload: UnsafeRawBufferPointer) {
        if isDropping { mark(at: time) }
        guard condition == .sound else { return lose(payload.count) }
        withUnsafeTemporaryAllocation(byteCount: CaptureHeader.size, alignment: 8) { header in
            CaptureHeader(stream: stream, at: time, length: payload.count).write(to: header)
            let written = write(UnsafeRawBufferPointer(header), payload)
            if written == header.count + payload.count {
                wholeLength = length
            } else if condition == .broken {
                lose(payload.count)
            } else {
                supervisorLog("output waits for room on the disk: \(path)")
                waiting.append(contentsOf: header.dropFirst(written))
                waiting.append(contentsOf: payload.dropFirst(max(0, written - header.count)))
                waitingPayload = payload.count
            }
        }
    }

    /// Tries again to write what waits, or the mark of what was dropped.
    mutating func retry(at time: Int64) {
        if isDropping { return mark(at: time) }
        let written = waiting.withUnsafeBytes { write($0, UnsafeRawBufferPointer(start: nil, count: 0)) }
        waiting.removeSubrange(0..<written)
        if waiting.isEmpty { wholeLength = length }
        if condition == .broken { giveUpWaiting() }
    }

    /// Gives up what waits, and drops what comes until there is room again.
    mutating func drop() {
        guard isBlocked else { return }
        supervisorLog("output is dropped until there is room on the disk: \(path)")
        giveUpWaiting()
        if condition == .sound { condition = .dropping }
    }

    mutating func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    // MARK: - Losing

    private mutating func lose(_ bytes: Int) {
        lostBytes += UInt64(bytes)
        unmarked += UInt64(bytes)
    }

    /// The file ends behind its last whole record again.
    private mutating func giveUpWaiting() {
        guard isBlocked else { return }
        lose(waitingPayload)
        waiting = []
        cutToWhole()
    }

    private mutating func cutToWhole() {
        if descriptor >= 0, ftruncate(descriptor, off_t(wholeLength)) == 0 { length = wholeLength }
    }

    /// Says in the output how much of it is missing, if there is room for that.
    private mutating func mark(at time: Int64) {
        var text = "… [\(unmarked) bytes of output are missing: the disk of the agent was full]\n"
        let isWritten = text.withUTF8 { text in
            withUnsafeTemporaryAllocation(byteCount: CaptureHeader.size, alignment: 8) { header in
                CaptureHeader(stream: .standardError, at: time, length: text.count).write(to: header)
                return write(UnsafeRawBufferPointer(header), UnsafeRawBufferPointer(text)) == header.count + text.count
            }
        }
        guard isWritten else { return cutToWhole() }
        wholeLength = length
        unmarked = 0
        condition = .sound
    }

    // MARK: - Writing

    /// Writes as much as there is room for and answers how much that was.
    private mutating func write(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Int {
        guard condition != .broken, open() else { return 0 }
        var parts = (
            iovec(iov_base: UnsafeMutableRawPointer(mutating: first.baseAddress), iov_len: first.count),
            iovec(iov_base: UnsafeMutableRawPointer(mutating: second.baseAddress), iov_len: second.count)
        )
        let written = withUnsafeBytes(of: &parts) {
            writev(descriptor, $0.assumingMemoryBound(to: iovec.self).baseAddress, 2)
        }
        guard written >= 0 else {
            note(errno)
            return 0
        }
        length += UInt64(written)
        return written
    }

    private mutating func open() -> Bool {
        if descriptor >= 0 { return true }
        descriptor = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            note(errno)
            return false
        }
        length = UInt64(max(0, lseek(descriptor, 0, SEEK_END)))
        wholeLength = length
        return true
    }

    /// A full disk may get room again. Any other failure ends the capture: output is then only read and counted.
    private mutating func note(_ number: Int32) {
        guard number != EINTR else { return }
        guard number != ENOSPC, number != EDQUOT else { return }
        condition = .broken
        supervisorLog("output is lost: cannot write \(path): \(systemMessage(number))")
    }
}

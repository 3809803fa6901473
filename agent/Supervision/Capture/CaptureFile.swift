import Glibc

/// The supervisor's end of a capture file: made with the first output, appended to only.
struct CaptureFile {
    let path: String
    /// How long the file is.
    private(set) var length: UInt64 = 0
    /// Payload that could not be written.
    private(set) var lostBytes: UInt64 = 0
    /// What the disk had no room for: the rest of a record. As long as there is any, nothing more may be appended.
    private(set) var waiting: [UInt8] = []
    private var descriptor: Int32 = -1
    private var isBroken = false

    init(path: String) { self.path = path }

    /// Whether the disk is full: call `retry` after a while.
    var isBlocked: Bool { !waiting.isEmpty }

    /// Appends one record.
    mutating func append(_ stream: CaptureRecord.Stream, at time: Int64, _ payload: UnsafeRawBufferPointer) {
        withUnsafeTemporaryAllocation(byteCount: CaptureHeader.size, alignment: 8) { header in
            CaptureHeader(stream: stream, at: time, length: payload.count).write(to: header)
            let written = write(UnsafeRawBufferPointer(header), payload)
            guard written < header.count + payload.count else { return }
            if isBroken {
                lostBytes += UInt64(payload.count)
            } else {
                supervisorLog("output waits for room on the disk: \(path)")
                waiting.append(contentsOf: header.dropFirst(written))
                waiting.append(contentsOf: payload.dropFirst(max(0, written - header.count)))
            }
        }
    }

    /// Tries again to write what waits.
    mutating func retry() {
        let written = waiting.withUnsafeBytes { write($0, UnsafeRawBufferPointer(start: nil, count: 0)) }
        waiting.removeSubrange(0..<written)
        if isBroken { abandon() }
    }

    /// Gives up what waits. The file then ends in a torn record.
    mutating func abandon() {
        lostBytes += UInt64(waiting.count)
        waiting = []
        isBroken = true
    }

    mutating func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    /// Writes as much as there is room for and answers how much that was.
    private mutating func write(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Int {
        guard !isBroken, open() else { return 0 }
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
        return true
    }

    /// A full disk may get room again. Any other failure ends the capture: output is then only read and counted.
    private mutating func note(_ number: Int32) {
        guard number != EINTR else { return }
        guard number != ENOSPC, number != EDQUOT else { return }
        isBroken = true
        supervisorLog("output is lost: cannot write \(path): \(systemMessage(number))")
    }
}

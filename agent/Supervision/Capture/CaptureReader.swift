import CProcess
import Glibc

/// Reads what a child wrote, record by record, from the capture file that the supervisor appends to.
///
/// A value without resources: the file is opened for each read, so a reader can be kept, copied and made again from
/// a remembered offset. A record that is not yet whole is left for the next read.
public struct CaptureReader: Sendable, Equatable {
    public let path: String
    /// Where the next record starts.
    public private(set) var offset: UInt64

    public init(path: String, offset: UInt64 = 0) {
        self.path = path
        self.offset = offset
    }

    /// The next whole records: at most `limit` bytes of them, but at least one if there is any. Empty at the end of the
    /// file, and if there is no file: the child was silent so far. Throws `captureDamaged` when what follows is no
    /// record, and stays where it is; `captureUnreadable` when the file cannot be read.
    public mutating func next(limit: Int = 256 << 10) throws(SupervisionError) -> [CaptureRecord] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return [] }
            throw .captureUnreadable(path: path, errno: errno)
        }
        defer { close(file) }
        var bytes = try read(file, count: max(limit, CaptureHeader.size))
        while bytes.first == 0 {
            guard skipZeros(bytes, file) else { return [] }
            bytes = try read(file, count: max(limit, CaptureHeader.size))
        }
        if let whole = Self.sizeOfFirst(bytes), whole > bytes.count { bytes = try read(file, count: whole) }
        return try parse(bytes)
    }

    /// Gives the disk space before `end` back, as far as the file system can. Readers skip what was released.
    public static func release(path: String, upTo end: UInt64) {
        guard end > 0, end <= UInt64(Int64.max) else { return }
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = sluice_punch_hole(file, end)
        close(file)
    }

    /// Gives the disk space of what was read so far, or of less, back.
    public func release(upTo end: UInt64) {
        Self.release(path: path, upTo: min(end, offset))
    }

    /// Takes whole records off the front of `bytes`, which start at `offset`.
    private mutating func parse(_ bytes: [UInt8]) throws(SupervisionError) -> [CaptureRecord] {
        var records: [CaptureRecord] = []
        var position = 0
        while bytes.count - position >= CaptureHeader.size {
            guard let header = bytes.withUnsafeBytes({ CaptureHeader(.init(rebasing: $0[position...])) }) else {
                if records.isEmpty { throw .captureDamaged(path: path, offset: offset) }
                break
            }
            let start = position + CaptureHeader.size
            guard bytes.count - start >= header.length else { break }
            position = start + header.length
            offset += UInt64(CaptureHeader.size + header.length)
            records.append(
                CaptureRecord(
                    stream: header.stream, at: header.at, bytes: Array(bytes[start..<position]), end: offset))
        }
        return records
    }

    private static func sizeOfFirst(_ bytes: [UInt8]) -> Int? {
        bytes.withUnsafeBytes { CaptureHeader($0) }.map { CaptureHeader.size + $0.length }
    }

    private func read(_ file: Int32, count: Int) throws(SupervisionError) -> [UInt8] {
        guard let start = off_t(exactly: offset), start <= .max - count else { return [] }
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
            let got = pread(file, buffer.baseAddress, count, start)
            if got < 0 { failure = errno }
            used = max(0, got)
        }
        guard failure == 0 else { throw .captureUnreadable(path: path, errno: failure) }
        return bytes
    }

    /// Moves over the zeros of a released prefix: no record starts with one. False if there is nothing else up to the
    /// end of the file: all was released, or a crashed machine never wrote the last pages.
    private mutating func skipZeros(_ bytes: [UInt8], _ file: Int32) -> Bool {
        if let data = bytes.firstIndex(where: { $0 != 0 }) {
            offset += UInt64(data)
            return true
        }
        let data = sluice_next_data(file, offset + UInt64(bytes.count))
        guard data >= 0 else { return false }
        offset = UInt64(data)
        return true
    }
}

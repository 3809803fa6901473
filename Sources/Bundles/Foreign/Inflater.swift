import CZlib

/// What a compressed part of a file says, bounded in length: a few bytes may be made to expand to any number.
final class Inflater: ByteSource {
    enum Wrapping: Int32 {
        /// Nothing but the compressed data, as in zip.
        case none = -15
        /// With gzip's header and checksum; several of these may follow each other.
        case gzip = 31
    }

    private static let inputBytes = 1 << 16

    private var source: FileSlice
    private let wrapping: Wrapping
    private let limit: Int
    private var made = 0
    private var hasEnded = false
    // zlib remembers where its stream is.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: inputBytes, alignment: 16)

    /// - Parameter limit: how many bytes it may become.
    init(_ source: FileSlice, _ wrapping: Wrapping, limit: Int) throws(BundleError) {
        self.source = source
        self.wrapping = wrapping
        self.limit = limit
        stream.initialize(to: z_stream())
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(stream, wrapping.rawValue, ZLIB_VERSION, size) == Z_OK else {
            throw .malformed(offset: 0, reason: "there is no memory to decompress it")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        input.deallocate()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(BundleError) -> Int {
        var filled = 0
        while filled < buffer.count, !hasEnded {
            // At the end of the input there may still be output that had no room before.
            if stream.pointee.avail_in == 0 { _ = try refill() }
            let target = buffer.baseAddress?.advanced(by: filled).assumingMemoryBound(to: UInt8.self)
            stream.pointee.next_out = target
            stream.pointee.avail_out = UInt32(clamping: buffer.count - filled)
            let code = inflate(stream, Z_NO_FLUSH)
            let count = buffer.count - filled - Int(stream.pointee.avail_out)
            filled += count
            made += count
            guard made <= limit else { throw .archiveTooLarge(limit: limit) }
            if code == Z_STREAM_END {
                try goOnAfterEnd()
            } else if code == Z_BUF_ERROR {
                throw .truncated
            } else if code != Z_OK {
                throw .malformed(offset: made, reason: "its compressed data are damaged")
            }
        }
        return filled
    }

    func rewind() throws(BundleError) {
        source.rewind()
        (made, hasEnded) = (0, false)
        stream.pointee.avail_in = 0
        inflateReset(stream)
    }

    /// - Returns: whether there was more.
    private func refill() throws(BundleError) -> Bool {
        let count = try source.read(into: input)
        stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = UInt32(count)
        return count > 0
    }

    private func goOnAfterEnd() throws(BundleError) {
        guard wrapping == .gzip else {
            hasEnded = true
            return
        }
        if stream.pointee.avail_in == 0, try !refill() {
            hasEnded = true
            return
        }
        inflateReset(stream)
    }
}

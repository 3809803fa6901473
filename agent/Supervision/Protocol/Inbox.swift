/// Bytes from a stream socket, cut into frames.
struct Inbox {
    private var bytes: [UInt8] = []
    private var head = 0
    /// The longest frame accepted.
    var limit: Int

    init(limit: Int) { self.limit = limit }

    mutating func append(_ received: UnsafeRawBufferPointer) {
        if head > bytes.count / 2 {
            bytes.removeSubrange(0..<head)
            head = 0
        }
        bytes.append(contentsOf: received)
    }

    /// Decodes the next frame if all of it is there.
    mutating func next<Message>(
        _ decode: (inout FieldReader) throws(FrameFault) -> Message
    ) throws(FrameFault) -> Message? {
        guard bytes.count - head >= 4 else { return nil }
        let result = bytes.withUnsafeBytes { all -> Result<(Message, Int)?, FrameFault> in
            let length = Int(UInt32(littleEndian: all.loadUnaligned(fromByteOffset: head, as: UInt32.self)))
            guard length <= limit else { return .failure(.tooLong(length)) }
            guard all.count - head - 4 >= length else { return .success(nil) }
            var reader = FieldReader(UnsafeRawBufferPointer(rebasing: all[head + 4..<head + 4 + length]))
            do throws(FrameFault) {
                let message = try decode(&reader)
                try reader.finish()
                return .success((message, 4 + length))
            } catch {
                return .failure(error)
            }
        }
        guard let (message, consumed) = try result.get() else { return nil }
        head += consumed
        if head == bytes.count { clear() }
        return message
    }

    private mutating func clear() {
        head = 0
        // A rare big frame is not to be paid for ever.
        bytes.removeAll(keepingCapacity: bytes.capacity <= 256 << 10)
    }
}

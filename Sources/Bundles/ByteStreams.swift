/// Where an archive is read from.
protocol ByteSource {
    /// Fills the buffer; fewer bytes only at the end.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(BundleError) -> Int

    /// Goes back to the beginning.
    mutating func rewind() throws(BundleError)
}

/// Where an archive is written to.
protocol ByteTarget {
    mutating func write(_ bytes: UnsafeRawBufferPointer) throws(BundleError)
}

extension OpenFile: ByteSource, ByteTarget {}

/// Bytes in memory as a source.
struct MemorySource: ByteSource {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, bytes.count - position)
        buffer.copyBytes(from: bytes[position..<position + count])
        position += count
        return count
    }

    mutating func rewind() {
        position = 0
    }
}

/// Memory as a target.
struct MemoryTarget: ByteTarget {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ bytes: UnsafeRawBufferPointer) {
        self.bytes.append(contentsOf: bytes)
    }
}

extension [UInt8] {
    /// Lets a reader put bytes into this array.
    mutating func fill(
        _ read: (UnsafeMutableRawBufferPointer) throws(BundleError) -> Int
    ) throws(BundleError) -> Int {
        try withUnsafeMutableBufferPointer { buffer throws(BundleError) in
            try read(UnsafeMutableRawBufferPointer(buffer))
        }
    }
}

import Glibc

/// A part of a file, read from its beginning to its end. Several may stand on one file.
struct FileSlice: ByteSource {
    private let file: OpenFile
    private let start: Int
    private let end: Int
    private var position: Int

    /// - Parameter range: in bytes of the file.
    init(_ file: OpenFile, _ range: Range<Int>) {
        self.file = file
        (start, position, end) = (range.lowerBound, range.lowerBound, range.upperBound)
    }

    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(BundleError) -> Int {
        let wanted = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, end - position)])
        let count = try file.read(into: wanted, at: position)
        position += count
        return count
    }

    mutating func rewind() {
        position = start
    }
}

import Glibc

/// Reads an archive from end to end and says whether it can be unpacked; what the server asks before it stores one.
public struct BundleVerifier: Sendable {
    private let limits: BundleLimits

    public init(limits: BundleLimits = BundleLimits()) {
        self.limits = limits
    }

    /// - Throws: `digestMismatch`, or what is wrong with the archive in the file.
    public func verify(archive path: String, digest: BundleDigest) throws(BundleError) -> PackedBundle {
        try verify(try OpenFile(path, flags: O_RDONLY), digest)
    }

    /// - Throws: `digestMismatch`, or what is wrong with the archive.
    public func verify(_ bytes: [UInt8], digest: BundleDigest) throws(BundleError) -> PackedBundle {
        try verify(MemorySource(bytes), digest)
    }

    private func verify(_ source: some ByteSource, _ digest: BundleDigest) throws(BundleError) -> PackedBundle {
        var source = source
        let bytes = try source.requireDigest(digest, limits)
        var reader = ArchiveReader(source, limits: limits)
        var entries = 0
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { buffer.deallocate() }
        while try reader.next() != nil {
            entries += 1
            while try reader.readContent(into: buffer) != nil {}
        }
        return PackedBundle(digest: digest, bytes: bytes, entries: entries)
    }
}

extension ByteSource {
    /// Digests everything, goes back to the beginning and returns how many bytes there are.
    /// - Throws: `digestMismatch`, or `archiveTooLarge` as soon as the limit is passed.
    mutating func requireDigest(_ expected: BundleDigest, _ limits: BundleLimits) throws(BundleError) -> Int {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { buffer.deallocate() }
        var hasher = SHA256()
        var total = 0
        while true {
            let count = try read(into: buffer)
            if count == 0 { break }
            total += count
            guard total <= limits.archiveBytes else { throw .archiveTooLarge(limit: limits.archiveBytes) }
            hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
        let actual = hasher.digest()
        guard actual == expected else { throw .digestMismatch(expected: expected, actual: actual) }
        try rewind()
        return total
    }
}

import Glibc

extension BundleUnpacker {
    /// Makes somebody else's archive a folder, by the rules of bundles: all of it or nothing, nothing outside, and no more
    /// than the limits allow, whatever it expands to. Zip, and tar, plain or compressed by gzip; what it is, it says itself.
    ///
    /// - Parameters:
    ///   - folder: of the archive, which is to be all; nil for everything.
    ///   - target: the folder to make; its parent must be there, itself not.
    /// - Throws: what is wrong with the archive in the file.
    public func unpack(foreign path: String, folder: String?, into target: String) throws(BundleError) {
        let file = try OpenFile(path, flags: O_RDONLY)
        let size = try file.status().bytes
        try make(target) { partial throws(BundleError) in
            switch try Self.format(of: file, size) {
            case .zip:
                var entries = try ForeignZipReader(file, size: size, limits: limits)
                try write(&entries, of: folder, into: partial)
            case .gzip:
                let source = try Inflater(FileSlice(file, 0..<size), .gzip, limit: limits.archiveBytes)
                var entries = ForeignTarReader(source, limit: limits.archiveBytes)
                try write(&entries, of: folder, into: partial)
            case .tar:
                var entries = ForeignTarReader(FileSlice(file, 0..<size), limit: limits.archiveBytes)
                try write(&entries, of: folder, into: partial)
            }
        }
    }

    private enum Format { case zip, gzip, tar }

    private static func format(of file: OpenFile, _ size: Int) throws(BundleError) -> Format {
        var start = [UInt8](repeating: 0, count: min(size, TarHeader.blockBytes))
        _ = try start.fill { buffer throws(BundleError) in try file.read(into: buffer, at: 0) }
        if start.starts(with: [0x50, 0x4B]) { return .zip }
        if start.starts(with: [0x1F, 0x8B]) { return .gzip }
        let isTar =
            start.count == TarHeader.blockBytes
            && (start[257..<262].elementsEqual("ustar".utf8) || start.allSatisfy { $0 == 0 })
        guard isTar else {
            throw .malformed(offset: 0, reason: "it is neither a zip nor a tar archive, plain or compressed by gzip")
        }
        return .tar
    }

    private func write(
        _ entries: inout some ForeignEntries, of folder: String?, into target: String
    ) throws(BundleError) {
        var tree = ArchiveTree(limit: limits.entries)
        var writer = FolderWriter(root: target)
        var selection = FolderSelection(folder)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { buffer.deallocate() }
        while let entry = try entries.next() {
            var file: OpenFile?
            // Archivers name folders before their files, after them, or not at all.
            if let kept = try selection.keep(entry), !tree.isFolderTwice(kept) {
                try tree.insert(kept)
                file = try writer.make(kept)
            }
            while let count = try entries.readContent(into: buffer) {
                try file?.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
        try selection.requireSomething()
        try tree.checkLinks()
        try writer.makeLinks()
    }
}

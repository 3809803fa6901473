/// The entries of an archive that somebody else's program has made, one after the other.
protocol ForeignEntries {
    /// The next entry, its path checked; nil at the end. The content of the one before it must have been read.
    mutating func next() throws(BundleError) -> BundleEntry?

    /// The next piece of the current file's content, in the buffer; nil at its end.
    mutating func readContent(into buffer: UnsafeMutableRawBufferPointer) throws(BundleError) -> Int?
}

enum ForeignPath {
    /// The path as archivers write it, in our own form; nil for the root itself.
    static func path(_ bytes: some Sequence<UInt8>) throws(BundleError) -> BundlePath? {
        var rest = Array(bytes)[...]
        while rest.starts(with: "./".utf8) { rest = rest.dropFirst(2) }
        while rest.last == UInt8(ascii: "/"), rest.count > 1 { rest.removeLast() }
        return rest.isEmpty || rest.elementsEqual(".".utf8) ? nil : try BundlePath(rest)
    }
}

/// A folder of an archive, which is to be all that is unpacked.
struct FolderSelection {
    /// With a slash at its end; empty for everything.
    private let prefix: [UInt8]
    private let name: String
    private(set) var isEmpty = true

    init(_ folder: String?) {
        name = folder ?? ""
        prefix = folder.map { Array($0.utf8) + [UInt8(ascii: "/")] } ?? []
    }

    /// The entry as it is called within the folder; nil when it is none of it.
    mutating func keep(_ entry: BundleEntry) throws(BundleError) -> BundleEntry? {
        if entry.path.bytes.elementsEqual(prefix.dropLast()) {
            guard case .folder = entry.kind else {
                throw .unsafePath(path: "\(entry.path)", reason: "the folder that is wanted is a file or a link")
            }
            isEmpty = false
            return nil
        }
        guard entry.path.bytes.starts(with: prefix) else { return nil }
        isEmpty = false
        return BundleEntry(path: try BundlePath(entry.path.bytes.dropFirst(prefix.count)), kind: entry.kind)
    }

    /// - Throws: `noFolder` if nothing was of that folder.
    func requireSomething() throws(BundleError) {
        if isEmpty, !prefix.isEmpty { throw .noFolder(path: name) }
    }
}

/// The path of an entry, relative to the folder's root: names with a slash between them, in exact bytes.
///
/// Bytes, not a String: two names that differ only in Unicode composition are two files, though equal Strings.
struct BundlePath: Hashable, Comparable, CustomStringConvertible {
    let bytes: [UInt8]

    /// - Throws: `BundleError.unsafePath` unless every name is a plain one.
    init(_ bytes: some Sequence<UInt8>) throws(BundleError) {
        self.bytes = Array(bytes)
        guard let defect else { return }
        throw .unsafePath(path: description, reason: defect)
    }

    var components: [ArraySlice<UInt8>] {
        bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    }

    var description: String { String(decoding: bytes, as: UTF8.self) }

    static func < (left: BundlePath, right: BundlePath) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    private var defect: String? {
        if bytes.count > BundleLimits.pathBytes { return "it is longer than \(BundleLimits.pathBytes) bytes" }
        if bytes.first == UInt8(ascii: "/") { return "it is absolute" }
        if String(validating: bytes, as: UTF8.self) == nil { return "it is not UTF-8" }
        let names = components
        if names.count > BundleLimits.pathDepth { return "it is deeper than \(BundleLimits.pathDepth) folders" }
        for name in names {
            if name.isEmpty { return "it has an empty name" }
            if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) { return "it has '.' or '..' in it" }
            if name.count > BundleLimits.nameBytes { return "a name in it has over \(BundleLimits.nameBytes) bytes" }
            if name.contains(0) { return "it has a zero byte in it" }
        }
        return nil
    }
}

/// One thing in a bundle.
struct BundleEntry: Equatable {
    enum Kind: Equatable {
        case file(bytes: Int, isExecutable: Bool)
        /// Stored only when it is empty; the folders of files are implied.
        case folder
        case link(target: [UInt8])
    }

    let path: BundlePath
    let kind: Kind
}

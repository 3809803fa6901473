import Glibc

/// Why a folder cannot become a bundle, or a bundle a folder.
public enum BundleError: Error, Sendable, Equatable {
    // Packing
    case notAFolder(path: String)
    /// - Parameter largest: the three largest files, the largest first.
    case tooLarge(limit: Int, total: Int, largest: [BundleFileSize])
    /// A socket, a device or a pipe.
    case unsupportedFile(path: String, kind: String)
    /// The file changed, vanished or became something else while it was read.
    case changedWhilePacking(path: String)

    // Either way
    case tooManyEntries(limit: Int)
    case linkLeadsOutside(path: String, target: String)
    /// Absolute, with `..`, too long, not UTF-8, or below something that is no folder.
    case unsafePath(path: String, reason: String)
    /// The system refused; `code` is its errno.
    case system(action: String, path: String, code: Int32)

    // Unpacking
    case digestMismatch(expected: BundleDigest, actual: BundleDigest)
    case archiveTooLarge(limit: Int)
    case truncated
    case badChecksum(offset: Int)
    /// The archive breaks the format that the packer writes.
    case malformed(offset: Int, reason: String)
    case duplicate(path: String)
    /// A hard link, a device, a sparse file: whatever is neither file, folder nor symbolic link.
    case unsupportedEntry(path: String, type: Character)
    case targetExists(path: String)
    /// An archive has no such folder.
    case noFolder(path: String)
}

/// A file and its bytes, for messages.
public struct BundleFileSize: Sendable, Equatable {
    public let path: String
    /// Its size.
    public let bytes: Int
}

extension BundleError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notAFolder(let path): "'\(path)' is not a folder; name the folder that holds the deployment's code"
        case .tooLarge(let limit, let total, let largest): Self.tooLarge(limit, total, largest)
        case .unsupportedFile(let path, let kind):
            "'\(path)' is a \(kind), which a bundle cannot carry; remove it or name it in \(IgnoreRules.fileName)"
        case .changedWhilePacking(let path): "'\(path)' changed while it was being packed; try again when it is at rest"
        case .tooManyEntries(let limit):
            "more than \(limit) files and folders; name what is not needed in \(IgnoreRules.fileName)"
        case .linkLeadsOutside(let path, let target):
            "the link '\(path)' leads outside the folder (to '\(target)'), where other hosts have nothing; "
                + "replace it or name it in \(IgnoreRules.fileName)"
        case .unsafePath(let path, let reason): "the path '\(path)' cannot be in a bundle: \(reason)"
        case .system(let action, let path, let code): "cannot \(action) '\(path)': \(String(cString: strerror(code)))"
        case .noFolder(let path): "it has no folder '\(path)'"
        default: "this is no sound archive: \(defect)"
        }
    }

    private static func tooLarge(_ limit: Int, _ total: Int, _ largest: [BundleFileSize]) -> String {
        let files = largest.map { "\($0.path) (\(size($0.bytes)))" }.joined(separator: ", ")
        return "the folder packs to \(size(total)), and the limit is \(size(limit)); the largest files are \(files); "
            + "name what is not needed in \(IgnoreRules.fileName)"
    }

    private static func size(_ bytes: Int) -> String {
        guard bytes >= 1 << 20 else { return bytes < 1024 ? "\(bytes) bytes" : "\(bytes >> 10) KiB" }
        let tenths = bytes * 10 / (1 << 20)
        return "\(tenths / 10).\(tenths % 10) MiB"
    }

    private var defect: String {
        switch self {
        case .digestMismatch(let expected, let actual): "its digest is \(actual) where \(expected) was expected"
        case .archiveTooLarge(let limit): "it is larger than \(Self.size(limit))"
        case .truncated: "it ends too early"
        case .badChecksum(let offset): "the header at byte \(offset) has a wrong checksum"
        case .malformed(let offset, let reason): "at byte \(offset), \(reason)"
        case .duplicate(let path): "'\(path)' is there twice"
        case .unsupportedEntry(let path, let type): "'\(path)' is of type '\(type)', none of file, folder and link"
        case .targetExists(let path): "'\(path)' is there already"
        default: "\(self)"
        }
    }
}

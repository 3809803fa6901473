import Glibc

/// Folders as a whole. Names are kept as the bytes that they are: a run may have made any.
public enum FileTree {
    /// A name with the zero byte that C wants at its end.
    private typealias Name = [CChar]

    /// What is in a folder, without `.` and `..`, in no order. What vanishes meanwhile is left out.
    static func entries(in folder: String) throws(BundleError) -> [(name: [UInt8], status: FileStatus)] {
        var entries: [(name: [UInt8], status: FileStatus)] = []
        try forEachName(in: Array(folder.utf8CString), of: AT_FDCWD, folder) { name, folder in
            var status = stat()
            guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return }
            entries.append((name.dropLast().map { UInt8(bitPattern: $0) }, FileStatus(status)))
        }
        return entries
    }

    /// Makes a fresh empty folder that only we may enter, named after the prefix.
    /// - Throws: `BundleError.system`.
    public static func makeTemporaryFolder(prefix: String) throws(BundleError) -> String {
        var template = Array("\(prefix)XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw .system("make a folder beside", prefix) }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes a file, a link, or a folder with all that is in it; follows no link. What is not there is no error.
    /// - Throws: `BundleError.system`.
    public static func remove(_ path: String) throws(BundleError) {
        try remove(Array(path.utf8CString), in: AT_FDCWD, path)
    }

    /// The bytes of all files in a folder.
    static func size(of folder: String) throws(BundleError) -> Int {
        try size(of: Array(folder.utf8CString), in: AT_FDCWD, folder)
    }

    private static func remove(_ name: Name, in parent: Int32, _ root: String) throws(BundleError) {
        if unlinkat(parent, name, 0) == 0 || errno == ENOENT { return }
        guard errno == EISDIR else { throw .system("remove", root) }
        // A run may have taken away its own right to list or to write.
        fchmodat(parent, name, 0o700, 0)
        try forEachName(in: name, of: parent, root) { name, folder throws(BundleError) in
            try remove(name, in: folder, root)
        }
        guard unlinkat(parent, name, AT_REMOVEDIR) == 0 else { throw .system("remove", root) }
    }

    private static func size(of name: Name, in parent: Int32, _ root: String) throws(BundleError) -> Int {
        var total = 0
        try forEachName(in: name, of: parent, root) { name, folder throws(BundleError) in
            var status = stat()
            guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return }
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            total += isFolder ? try size(of: name, in: folder, root) : Int(status.st_size)
        }
        return total
    }

    private static func forEachName(
        in name: Name, of parent: Int32, _ root: String, _ body: (Name, Int32) throws(BundleError) -> Void
    ) throws(BundleError) {
        let folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw .system("list", root) }
        defer { close(folder) }
        for name in try names(in: dup(folder), root) {
            try body(name, folder)
        }
    }

    /// - Parameter folder: is closed.
    private static func names(in folder: Int32, _ root: String) throws(BundleError) -> [Name] {
        guard let stream = fdopendir(folder) else {
            defer { close(folder) }
            throw .system("list", root)
        }
        defer { closedir(stream) }
        guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return [] }
        var names: [Name] = []
        errno = 0
        while let entry = readdir(stream) {
            // The entry is only as long as its name, so it must not be copied as a whole.
            let start = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
            let name = Array(UnsafeBufferPointer(start: start, count: strlen(start) + 1))
            if name != Array(".".utf8CString), name != Array("..".utf8CString) { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw .system("list", root) }
        return names
    }
}

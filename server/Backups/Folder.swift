import Glibc

/// What backups ask of folders.
enum Folder {
    /// The names in a folder, sorted; none if there is no such folder.
    static func names(in path: String) throws(BackupFailure) -> [String] {
        guard let stream = opendir(path) else {
            if errno == ENOENT { return [] }
            throw .system("read", path)
        }
        defer { closedir(stream) }
        guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return [] }
        var names: [String] = []
        while let entry = readdir(stream) {
            // The entry is only as long as its name, so it must not be copied as a whole.
            let name = String(cString: UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self))
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func make(_ path: String) throws(BackupFailure) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .system("make the folder", path) }
    }

    /// Removes a file, or a folder with all that is in it. It is no error if there is none.
    static func remove(_ path: String) throws(BackupFailure) {
        if unlink(path) == 0 || errno == ENOENT { return }
        guard errno == EISDIR || errno == EPERM else { throw .system("remove", path) }
        for name in try names(in: path) { try remove("\(path)/\(name)") }
        guard rmdir(path) == 0 else { throw .system("remove", path) }
    }

    static func move(_ path: String, to target: String) throws(BackupFailure) {
        guard rename(path, target) == 0 else { throw .system("move \(path) to", target) }
    }

    /// Puts a folder's entries on disk.
    static func sync(_ path: String) throws(BackupFailure) {
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw .system("open", path) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw .system("sync", path) }
    }

    /// The folder that a path is in.
    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

import Domain
import Glibc
import Storage

/// The files of a folder of logs.
enum LogFiles {
    /// What SQLite keeps beside a database.
    private static let companions = ["-wal", "-shm"]

    /// The days that have a file, the oldest first.
    static func days(in folder: String) throws(StorageError) -> [LogDay] {
        guard let stream = opendir(folder) else { throw failure("read the folder", folder) }
        defer { closedir(stream) }
        guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return [] }
        var days: [LogDay] = []
        while let entry = readdir(stream) {
            // The entry is only as long as its name, so it must not be copied as a whole.
            let name = String(cString: UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self))
            if let day = LogDay(fileName: name) { days.append(day) }
        }
        return days.sorted()
    }

    /// Removes a database that nobody has open. What is beside it goes first: without its file nobody would look for it.
    static func remove(_ file: String) throws(StorageError) {
        for companion in companions { unlink(file + companion) }
        guard unlink(file) == 0 || errno == ENOENT else { throw failure("remove", file) }
    }

    /// Makes the one database of earlier releases the file of the day on which it was last written.
    static func adopt(_ former: String, into folder: String, at now: Timestamp) throws(StorageError) {
        guard let written = lastWritten(former) else { return }
        var day = min(LogDay(written), LogDay(now))
        // A day has a file already only where somebody has put one there: an older day is as good.
        while access("\(folder)/\(day.fileName)", F_OK) == 0 { day = LogDay(number: day.number - 1) }
        try writeBack(former)
        let file = "\(folder)/\(day.fileName)"
        guard rename(former, file) == 0 else { throw failure("move \(former) to", file) }
        try sync(folder)
        for companion in companions + [".lock"] { unlink(former + companion) }
    }

    static func sync(_ folder: String) throws(StorageError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("sync", folder) }
    }

    /// When the database, or what SQLite keeps beside it, was last written; nothing when there is none.
    private static func lastWritten(_ file: String) -> Timestamp? {
        var status = stat()
        guard stat(file, &status) == 0 else { return nil }
        var seconds = status.st_mtim.tv_sec
        if stat(file + "-wal", &status) == 0 { seconds = max(seconds, status.st_mtim.tv_sec) }
        return Timestamp(microseconds: Int64(seconds) * 1_000_000)
    }

    /// Writes what is in the log beside the database back into it: the log does not follow when the file is renamed.
    private static func writeBack(_ file: String) throws(StorageError) {
        let lane = try Lane(path: file, .writer(isFile: true))
        try lane.performNow { try $0.control("PRAGMA wal_checkpoint(TRUNCATE)") }
        try lane.close()
    }

    static func failure(_ action: String, _ path: String) -> StorageError {
        .unavailable("cannot \(action) \(path): \(String(cString: strerror(errno)))")
    }
}

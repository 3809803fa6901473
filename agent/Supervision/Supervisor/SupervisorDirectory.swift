import CProcess
import Glibc

/// What a supervisor keeps in its directory: a lock, a socket and a log.
enum SupervisorDirectory {
    static let socketName = "supervisor.sock"
    private static let lockName = "supervisor.lock"
    private static let logName = "supervisor.log"
    private static let longestLog = 1 << 20

    /// Why a supervisor cannot work there.
    struct Fault: Error, CustomStringConvertible {
        let description: String

        init(_ what: String, _ number: Int32) { description = "\(what): \(systemMessage(number))" }
        init(_ description: String) { self.description = description }
    }

    /// Makes the directory if it is missing, goes there and answers with its absolute path.
    static func enter(_ directory: String) throws(Fault) -> String {
        if mkdir(directory, 0o700) != 0, errno != EEXIST { throw Fault("cannot make \(directory)", errno) }
        if chdir(directory) != 0 { throw Fault("cannot enter \(directory)", errno) }
        guard let path = getcwd(nil, 0) else { throw Fault("cannot resolve \(directory)", errno) }
        defer { free(path) }
        return String(cString: path)
    }

    /// Holds the lock until this process ends. A predecessor that is just ending is waited for, one that serves is not.
    static func lock() throws(Fault) {
        let file = open(lockName, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        if file < 0 { throw Fault("cannot open \(lockName)", errno) }
        for _ in 0..<500 {
            if flock(file, LOCK_EX | LOCK_NB) == 0 { return }
            if let socket = try? SupervisorSocket.connect(to: socketName) {
                close(socket)
                break
            }
            usleep(10_000)
        }
        throw Fault("another supervisor holds \(lockName)")
    }

    static func listen() throws(Fault) -> Int32 {
        unlink(socketName)
        do throws(SupervisorSocket.Fault) {
            return try SupervisorSocket.listen(at: socketName)
        } catch {
            throw Fault("cannot listen on \(socketName)", error.errno)
        }
    }

    /// From here on stderr is the log. Answers with what it was: close that when the supervisor serves, so that whoever
    /// started this process reads an end and knows.
    static func redirectStandardDescriptors() throws(Fault) -> Int32 {
        var information = stat()
        let isLong = stat(logName, &information) == 0 && information.st_size > longestLog
        let file = open(logName, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | (isLong ? O_TRUNC : 0), 0o600)
        let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard file >= 0, null >= 0 else { throw Fault("cannot open \(logName)", errno) }
        let starter = fcntl(2, F_DUPFD_CLOEXEC, 3)
        for (source, target) in [(null, Int32(0)), (file, 1), (file, 2)] { dup2(source, target) }
        for extra in [null, file] where extra > 2 { close(extra) }
        return starter
    }
}

/// Unix-domain stream sockets that never block.
enum SupervisorSocket {
    struct Fault: Error { let errno: Int32 }

    /// A socket for its owner only.
    static func listen(at path: String) throws(Fault) -> Int32 {
        let before = umask(0o177)
        defer { umask(before) }
        let descriptor = try make(at: path, use: bind)
        guard Glibc.listen(descriptor, 16) == 0 else {
            defer { close(descriptor) }
            throw Fault(errno: errno)
        }
        return descriptor
    }

    static func connect(to path: String) throws(Fault) -> Int32 {
        try make(at: path, use: Glibc.connect)
    }

    private static func make(
        at path: String, use: (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32
    ) throws(Fault) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard path.utf8.count < room.count else { return false }
            room.copyBytes(from: path.utf8)
            return true
        }
        guard fits else { throw Fault(errno: ENAMETOOLONG) }
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw Fault(errno: errno) }
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                use(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            let number = errno
            close(descriptor)
            throw Fault(errno: number)
        }
        return descriptor
    }
}

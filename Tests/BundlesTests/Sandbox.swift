import Bundles
import Glibc

/// A fresh folder for one test, removed with it.
final class Sandbox {
    let root: String

    init() {
        var template = Array("/tmp/sluice-bundles-XXXXXX".utf8CString)
        root = String(cString: mkdtemp(&template)!)
    }

    deinit {
        system(["rm", "-rf", root])
    }

    func path(_ name: String) -> String { "\(root)/\(name)" }

    func folder(_ name: String) -> String {
        system(["mkdir", "-p", path(name)])
        return path(name)
    }

    /// Writes a file, and the folders it needs.
    @discardableResult
    func file(_ name: String, _ content: String = "", mode: mode_t = 0o644) -> String {
        file(name, bytes: Array(content.utf8), mode: mode)
    }

    @discardableResult
    func file(_ name: String, bytes: [UInt8], mode: mode_t = 0o644) -> String {
        if let slash = name.lastIndex(of: "/") { _ = folder(String(name[..<slash])) }
        let descriptor = open(path(name), O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        precondition(descriptor >= 0 && write(descriptor, bytes, bytes.count) == bytes.count)
        fchmod(descriptor, mode)
        close(descriptor)
        return path(name)
    }

    func link(_ name: String, to target: String) {
        if let slash = name.lastIndex(of: "/") { _ = folder(String(name[..<slash])) }
        precondition(symlink(target, path(name)) == 0)
    }

    /// All that is below a folder: a line for each thing, with type, mode, and content or target; sorted.
    func listing(_ name: String = "") -> [String] {
        Self.listing(of: path(name), prefix: "").sorted()
    }

    private static func listing(of folder: String, prefix: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var lines: [String] = []
        while let entry = readdir(stream) {
            let offset = MemoryLayout<dirent>.offset(of: \.d_name)!
            let name = String(cString: UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self))
            guard name != ".", name != ".." else { continue }
            let path = "\(folder)/\(name)"
            var status = stat()
            lstat(path, &status)
            let mode = String(status.st_mode & 0o7777, radix: 8)
            switch status.st_mode & S_IFMT {
            case S_IFDIR:
                lines.append("\(prefix)\(name)/ \(mode)")
                lines += listing(of: path, prefix: "\(prefix)\(name)/")
            case S_IFLNK:
                var target = [CChar](repeating: 0, count: 4096)
                let count = readlink(path, &target, target.count)
                let bytes = target[..<count].map { UInt8(bitPattern: $0) }
                lines.append("\(prefix)\(name) -> \(String(decoding: bytes, as: UTF8.self))")
            default: lines.append("\(prefix)\(name) \(mode) \(contents(of: path).summary)")
            }
        }
        return lines
    }
}

extension [UInt8] {
    /// Short, and different for different bytes.
    var summary: String {
        var hasher = SHA256()
        hasher.update(self)
        return "\(count):\(hasher.digest())"
    }
}

func contents(of path: String) -> [UInt8] {
    let descriptor = open(path, O_RDONLY)
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = read(descriptor, &piece, piece.count), count > 0 {
        bytes += piece[..<count]
    }
    return bytes
}

/// Runs a program and waits for it; returns its exit status.
@discardableResult
func system(_ arguments: [String]) -> Int32 {
    var pid = pid_t()
    var pointers = arguments.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    guard posix_spawnp(&pid, arguments[0], nil, nil, &pointers, environ) == 0 else { return -1 }
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    return status
}

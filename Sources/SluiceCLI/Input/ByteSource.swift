import Glibc

/// A file or the standard input, read piece by piece.
final class ByteSource {
    /// For messages.
    let name: String
    private let descriptor: Int32
    private let isOwned: Bool
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    /// - Parameters:
    ///   - path: `-` for the standard input.
    ///   - input: its descriptor.
    init(path: String, input: Int32) throws(CommandFailure) {
        isOwned = path != "-"
        name = isOwned ? path : "standard input"
        descriptor = isOwned ? open(path, O_RDONLY | O_CLOEXEC) : input
        guard descriptor >= 0 else {
            throw .usage("cannot open '\(path)': \(String(cString: strerror(errno)))")
        }
    }

    deinit {
        if isOwned { close(descriptor) }
    }

    /// The next bytes; none at the end.
    func next() throws(CommandFailure) -> ArraySlice<UInt8> {
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count >= 0 { return buffer[..<count] }
            guard errno == EINTR else {
                throw .failed("cannot read \(name): \(String(cString: strerror(errno)))")
            }
        }
    }

    /// All that is left, as far as it is reasonable to hold at once.
    func rest(atMost limit: Int = 64 << 20) throws(CommandFailure) -> [UInt8] {
        var whole: [UInt8] = []
        while true {
            let piece = try next()
            if piece.isEmpty { return whole }
            whole += piece
            guard whole.count <= limit else { throw .usage("\(name) has more than \(limit >> 20) MiB") }
        }
    }
}

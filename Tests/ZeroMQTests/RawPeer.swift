import Glibc

/// A TCP client that writes what it likes: a stranger, or a peer that speaks just enough ZMTP 3.0 to be let in.
final class RawPeer {
    struct Failure: Error { let call: String, code: Int32 }

    private var descriptor: Int32

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafeBytes(of: &address) { bytes in
            connect(descriptor, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t(bytes.count))
        }
        guard result == 0 else { throw Failure(call: "connect", code: errno) }
    }

    deinit { close() }

    /// Vanishes. Also keeps the peer alive until here: the compiler may release it after its last use.
    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    /// Says hello as a dealer without security, and waits for the answer, as one must before sending more.
    func handshake(identity: String) throws {
        let greeting: [UInt8] = [0xFF] + [UInt8](repeating: 0, count: 8) + [0x7F, 3, 0] + Array("NULL".utf8)
        try write(greeting + [UInt8](repeating: 0, count: 64 - greeting.count))
        let ready = [5] + Array("READY".utf8) + property("Socket-Type", "DEALER") + property("Identity", identity)
        try write([0x04, UInt8(ready.count)] + ready)
        _ = try read(exactly: 64)
        let header = try read(exactly: 2)
        _ = try read(exactly: Int(header[1]))
    }

    private func property(_ name: String, _ value: String) -> [UInt8] {
        [UInt8(name.utf8.count)] + Array(name.utf8) + [0, 0, 0, UInt8(value.utf8.count)] + Array(value.utf8)
    }

    /// Sends a message of one short frame.
    func say(_ text: String) throws {
        try write([0x00, UInt8(text.utf8.count)] + Array(text.utf8))
    }

    /// Announces a frame of so many bytes, without sending any of them.
    func announceFrame(of size: UInt64) throws {
        try write([0x02] + withUnsafeBytes(of: size.bigEndian) { Array($0) })
    }

    func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count >= 0 else { throw Failure(call: "send", code: errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// Waits until the other side ends the connection, whatever it says before.
    func waitForEnd() {
        while (try? read(exactly: 1)) != nil {}
    }

    private func read(exactly count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard recv(descriptor, &bytes, count, Int32(MSG_WAITALL)) == count else {
            throw Failure(call: "recv", code: errno)
        }
        return bytes
    }
}

import Dispatch
import Glibc

/// A bare TCP connection, for what no proper client would send.
public final class RawConnection: Sendable {
    private let socket: Int32

    /// - Throws: `RawConnectionFailure` when nobody listens there, or no more sockets are to be had.
    public init(port: Int) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let code = errno
            close(socket)
            throw RawConnectionFailure(call: "connect", code: code)
        }
    }

    deinit { close(socket) }

    public func send(_ text: String) { send(Array(text.utf8)) }

    /// Sends all of it, as far as the other side lets it.
    public func send(_ all: [UInt8]) {
        var bytes = all[...]
        while !bytes.isEmpty {
            let sent = bytes.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { return }
            bytes = bytes.dropFirst(sent)
        }
    }

    /// Says that nothing more will be sent.
    public func endSending() { shutdown(socket, Int32(SHUT_WR)) }

    /// What has come, without waiting; nil at the end of the connection.
    public func receiveNow() -> String? {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        if count == 0 || (count < 0 && errno != EAGAIN) { return nil }
        return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
    }

    /// Has the system keep little of what is not read.
    public func narrow() {
        var size: Int32 = 4096
        setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Everything up to the end of the connection. Waits on a thread of its own: there are few for tasks.
    public func receiveAll() async -> String {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: self.receive()) }
        }
    }

    /// Exactly so many bytes, waiting for them.
    public func receive(exactly count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard recv(socket, &bytes, count, Int32(MSG_WAITALL)) == count else {
            throw RawConnectionFailure(call: "recv", code: errno)
        }
        return bytes
    }

    private func receive() -> String {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = recv(socket, &buffer, buffer.count, 0), count > 0 { all += buffer[..<count] }
        return String(decoding: all, as: UTF8.self)
    }
}

/// The system refused something of a connection.
public struct RawConnectionFailure: Error {
    public let call: String
    public let code: Int32
}

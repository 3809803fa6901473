/// A TCP client that writes what it likes: a stranger, or a peer that speaks just enough ZMTP 3.0 to be let in.
public final class RawPeer {
    private var connection: RawConnection?

    public init(port: some BinaryInteger) throws { connection = try RawConnection(port: Int(port)) }

    /// Vanishes. Also keeps the peer alive until here: the compiler may release it after its last use.
    public func close() { connection = nil }

    /// Says hello as a dealer without security.
    public func greet(identity: [UInt8]) {
        let greeting: [UInt8] = [0xFF] + [UInt8](repeating: 0, count: 8) + [0x7F, 3, 0] + Array("NULL".utf8)
        write(greeting + [UInt8](repeating: 0, count: 64 - greeting.count))
        let ready =
            [5] + Array("READY".utf8) + property("Socket-Type", Array("DEALER".utf8)) + property("Identity", identity)
        write([0x04, UInt8(ready.count)] + ready)
    }

    /// Waits for the answer to `greet`, as one must before sending more.
    public func awaitGreeting() throws {
        _ = try connection?.receive(exactly: 64)
        let header = try connection?.receive(exactly: 2) ?? [0, 0]
        _ = try connection?.receive(exactly: Int(header[1]))
    }

    /// Says hello as a dealer without security, and waits for the answer.
    public func handshake(identity: String) throws {
        greet(identity: Array(identity.utf8))
        try awaitGreeting()
    }

    private func property(_ name: String, _ value: [UInt8]) -> [UInt8] {
        [UInt8(name.utf8.count)] + Array(name.utf8) + [0, 0, 0, UInt8(value.count)] + value
    }

    /// Sends a message of one short frame.
    public func say(_ text: String) { say(Array(text.utf8)) }

    /// Sends a message of one frame.
    public func say(_ frame: [UInt8]) {
        if frame.count < 256 {
            write([0x00, UInt8(frame.count)] + frame)
        } else {
            write([0x02] + withUnsafeBytes(of: UInt64(frame.count).bigEndian) { Array($0) } + frame)
        }
    }

    /// Announces a frame of so many bytes, without sending any of them.
    public func announceFrame(of size: UInt64) {
        write([0x02] + withUnsafeBytes(of: size.bigEndian) { Array($0) })
    }

    public func write(_ bytes: [UInt8]) { connection?.send(bytes) }

    /// Waits until the other side ends the connection, whatever it says before.
    public func waitForEnd() {
        while (try? connection?.receive(exactly: 1)) != nil {}
    }
}

import CProcess
import Glibc

/// A zygote that lives.
final class Zygote {
    /// Begins the token in the marker of a zygote, and of what it becomes and does not execute a program.
    static let tokenPrefix = "zygote."
    /// How long it may take to become ready, and to answer, in nanoseconds.
    private static let (bootPatience, forkPatience): (UInt64, UInt64) = (60_000_000_000, 3_000_000_000)

    let key: String
    let pid: Int32
    /// Our end of the conversation.
    let socket: Int32
    var isReady = false
    /// What it has been asked for and has not answered, in order.
    var forks: [Fork] = []
    private let openedAt: Uptime

    init(key: String, pid: Int32, socket: Int32, at now: Uptime) {
        self.key = key
        self.pid = pid
        self.socket = socket
        openedAt = now
    }

    /// When it is given up.
    var due: Uptime {
        guard isReady else { return openedAt.after(nanoseconds: Self.bootPatience) }
        return forks.first?.askedAt.after(nanoseconds: Self.forkPatience) ?? Uptime(nanoseconds: .max)
    }
}

/// A child that a zygote has been asked to become.
final class Fork {
    let request: StartRequest
    let askedAt: Uptime
    /// Wall clock, microseconds since 1970.
    let startedAt: Int64
    /// Its leases move while it is asked for.
    var life: ChildLife
    /// Somebody wants it to end already.
    var stop: (reason: StopReason, grace: UInt64?)?
    /// What it writes comes out here.
    let output: Int32
    let error: Int32
    /// Opens with a byte, and says with an end that the child is not wanted.
    private let gate: Int32

    init(
        _ request: StartRequest, life: ChildLife, output: Int32, error: Int32, gate: Int32, at now: Uptime
    ) {
        self.request = request
        self.life = life
        self.output = output
        self.error = error
        self.gate = gate
        askedAt = now
        startedAt = wallClockMicroseconds()
    }

    func letGo() {
        var word = UInt8(ascii: "g")
        write(gate, &word, 1)
        close(gate)
    }

    func giveUp() {
        for descriptor in [gate, output, error] { close(descriptor) }
    }
}

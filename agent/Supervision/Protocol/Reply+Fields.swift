extension StartFailure {
    private enum Kind: UInt8 {
        case commandNotFound = 1
        case notExecutable, directoryMissing, other, leaseEnded, shuttingDown
    }

    init(_ reader: inout FieldReader) throws(FrameFault) {
        switch try reader.choice(Kind.self) {
        case .commandNotFound: self = .commandNotFound(try reader.text())
        case .notExecutable: self = .notExecutable(try reader.text())
        case .directoryMissing: self = .directoryMissing(try reader.text())
        case .other: self = .other(errno: try reader.integer(), message: try reader.text())
        case .leaseEnded: self = .leaseEnded
        case .shuttingDown: self = .shuttingDown
        }
    }

    func encode(into frame: inout FieldWriter) {
        switch self {
        case .commandNotFound(let command):
            frame.integer(Kind.commandNotFound.rawValue)
            frame.text(command)
        case .notExecutable(let command):
            frame.integer(Kind.notExecutable.rawValue)
            frame.text(command)
        case .directoryMissing(let directory):
            frame.integer(Kind.directoryMissing.rawValue)
            frame.text(directory)
        case .other(let errno, let message):
            frame.integer(Kind.other.rawValue)
            frame.integer(errno)
            frame.text(message)
        case .leaseEnded: frame.integer(Kind.leaseEnded.rawValue)
        case .shuttingDown: frame.integer(Kind.shuttingDown.rawValue)
        }
    }
}

extension ChildExit.Status {
    private enum Kind: UInt8 {
        case exited = 1
        case signaled
    }

    init(_ reader: inout FieldReader) throws(FrameFault) {
        let kind = try reader.choice(Kind.self)
        let number: Int32 = try reader.integer()
        self = kind == .exited ? .exited(number) : .signaled(number)
    }

    func encode(into frame: inout FieldWriter) {
        switch self {
        case .exited(let code):
            frame.integer(Kind.exited.rawValue)
            frame.integer(code)
        case .signaled(let signal):
            frame.integer(Kind.signaled.rawValue)
            frame.integer(signal)
        }
    }
}

extension ChildExit {
    init(_ reader: inout FieldReader) throws(FrameFault) {
        let status = try Status(&reader)
        let reason: UInt8 = try reader.integer()
        let stop = StopReason(rawValue: reason)
        guard reason == 0 || stop != nil else { throw .invalidField }
        self.init(
            status: status, stop: stop,
            cpuMicroseconds: try reader.integer(), peakMemoryBytes: try reader.integer(),
            capturedBytes: try reader.integer(), lostBytes: try reader.integer(),
            startedAt: try reader.integer(), endedAt: try reader.integer())
    }

    func encode(into frame: inout FieldWriter) {
        status.encode(into: &frame)
        frame.integer(stop?.rawValue ?? 0)
        for value in [cpuMicroseconds, peakMemoryBytes, capturedBytes, lostBytes] { frame.integer(value) }
        frame.integer(startedAt)
        frame.integer(endedAt)
    }
}

extension ChildReport {
    private enum Kind: UInt8 {
        case running = 1
        case ended, failedToStart
    }

    init(_ reader: inout FieldReader) throws(FrameFault) {
        let token = try reader.text()
        switch try reader.choice(Kind.self) {
        case .running:
            self.init(
                token: token,
                state: .running(
                    pid: try reader.integer(), startedAt: try reader.integer(), captured: try reader.integer()))
        case .ended: self.init(token: token, state: .ended(try ChildExit(&reader)))
        case .failedToStart: self.init(token: token, state: .failedToStart(try StartFailure(&reader)))
        }
    }

    func encode(into frame: inout FieldWriter) {
        frame.text(token)
        switch state {
        case .running(let pid, let startedAt, let captured):
            frame.integer(Kind.running.rawValue)
            frame.integer(pid)
            frame.integer(startedAt)
            frame.integer(captured)
        case .ended(let exit):
            frame.integer(Kind.ended.rawValue)
            exit.encode(into: &frame)
        case .failedToStart(let failure):
            frame.integer(Kind.failedToStart.rawValue)
            failure.encode(into: &frame)
        }
    }
}

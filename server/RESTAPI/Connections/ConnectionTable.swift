import NIOCore
import Synchronization

/// All connections, so that there are never more than may be, and never one kept out by those that do nothing.
final class ConnectionTable: Sendable {
    fileprivate struct Connections {
        var channels: [Int: any Channel] = [:]
        var last = 0
        /// When each idle one became so: a place in `line`.
        var idle: [Int: Int] = [:]
        /// Those that became idle, in that order; an entry whose place is not in `idle` any more says nothing.
        var line: [(connection: Int, place: Int)] = []
        var firstInLine = 0
        var lastPlace = 0
    }

    private let limit: Int
    private let connections = Mutex(Connections())

    init(limit: Int) { self.limit = limit }

    var count: Int { connections.withLock { $0.channels.count } }

    /// Takes a new connection in, which is idle at first, and closes another if there are too many.
    ///
    /// - Returns: its number, or nil if there is no room for it: all others are in use.
    func add(_ channel: any Channel) -> Int? {
        let (number, evicted): (Int?, (any Channel)?) = connections.withLock { connections in
            var evicted: (any Channel)?
            if connections.channels.count >= limit {
                guard let oldest = connections.takeOldestIdle() else { return (nil, nil) }
                evicted = oldest
            }
            connections.last += 1
            connections.channels[connections.last] = channel
            connections.noteIdle(connections.last)
            return (connections.last, evicted)
        }
        evicted?.close(promise: nil)
        return number
    }

    func remove(_ connection: Int) {
        connections.withLock { connections in
            connections.channels[connection] = nil
            connections.idle[connection] = nil
        }
    }

    /// A connection has something to do, or has nothing more to do.
    func note(_ connection: Int, isIdle: Bool) {
        connections.withLock { connections in
            guard connections.channels[connection] != nil else { return }
            if isIdle { connections.noteIdle(connection) } else { connections.idle[connection] = nil }
        }
    }
}

extension ConnectionTable.Connections {
    fileprivate mutating func noteIdle(_ connection: Int) {
        if line.count > 64 + 4 * channels.count { compact() }
        lastPlace += 1
        idle[connection] = lastPlace
        line.append((connection, lastPlace))
    }

    fileprivate mutating func takeOldestIdle() -> (any Channel)? {
        while firstInLine < line.count {
            let (connection, place) = line[firstInLine]
            firstInLine += 1
            guard idle[connection] == place else { continue }
            idle[connection] = nil
            return channels.removeValue(forKey: connection)
        }
        return nil
    }

    private mutating func compact() {
        line = line[firstInLine...].filter { idle[$0.connection] == $0.place }
        firstInLine = 0
    }
}

import Synchronization
import Testing

/// What clients have asked a server for, and what it has acknowledged: kept outside of Sluice.
final class Ledger: Sendable {
    struct Entries {
        /// Runs by their names: the id, once it is acknowledged.
        var runs: [String: String?] = [:]
        /// Batches by their names: how many runs, and whether that is acknowledged.
        var batches: [String: (size: Int, isAcknowledged: Bool)] = [:]
        /// The message of the state that a run was set to, by the run's name: whether that is acknowledged.
        var states: [String: (message: String, isAcknowledged: Bool)] = [:]

        /// How many answers said that something is stored.
        var acknowledged: Int {
            runs.values.count { $0 != nil } + batches.values.count { $0.isAcknowledged }
                + states.values.count { $0.isAcknowledged }
        }
    }

    private let entries = Mutex(Entries())

    var all: Entries { entries.withLock { $0 } }

    func note<Value>(_ body: (inout sending Entries) -> sending Value) -> Value { entries.withLock(body) }
}

/// A run as the server tells of it.
struct StoredRun {
    let id: String
    let name: String
    /// Of its state.
    let message: String?
}

extension Ledger.Entries {
    /// What is wrong with what is stored, a line each.
    func complaints(about stored: [StoredRun]) -> [String] {
        let byName = Dictionary(grouping: stored, by: \.name)
        var complaints: [String] = []
        for (name, copies) in byName where copies.count > 1 { complaints.append("\(name) is there twice") }
        for (name, id) in runs {
            if let id, byName[name]?.first?.id != id { complaints.append("\(name) was acknowledged and is lost") }
        }
        let batched = Dictionary(grouping: stored.filter { $0.name.contains(".b") }) { run in
            run.name.prefix { $0 != "." } + ".b"
        }
        for (name, batch) in batches {
            let count = batched[name[...]]?.count ?? 0
            let isRight = count == batch.size || (count == 0 && !batch.isAcknowledged)
            if !isRight { complaints.append("\(name) has \(count) of \(batch.size) runs") }
        }
        for (name, state) in states where state.isAcknowledged && byName[name]?.first?.message != state.message {
            complaints.append("\(name) was set to \(state.message), and that is lost")
        }
        return complaints
    }
}

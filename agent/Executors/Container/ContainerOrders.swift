import AgentRuntime
import Containers
import Domain
import Glibc
import JSON
import Synchronization
import Wire

/// The containers that this agent wants or wanted, until their ends are settled: which attempts they execute, and the
/// files by which the agent and the programs that watch them tell each other what is to be known.
///
///     KEY.order     what is wanted; it holds the run's environment, so only its owner may read it
///     KEY.outcome   what came of it
///     KEY.grace     that it is to be stopped, and how soon
final class ContainerOrders: Sendable {
    private let directory: String
    /// With the grace that each has by itself.
    private let known = Mutex<[ChildName: Duration]>([:])

    /// - Parameter directory: made when it is missing.
    init(directory: String) {
        self.directory = directory
        mkdir(directory, 0o700)
    }

    /// Those of earlier agents are known, too.
    func recover() {
        guard let listing = opendir(directory) else { return }
        defer { closedir(listing) }
        while let entry = readdir(listing) {
            let file = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard file.hasSuffix(".order") else { continue }
            let name = ChildName(String(file.dropLast(".order".count)))
            known.withLock { $0[name] = order(of: name)?.grace ?? .zero }
        }
    }

    func contains(_ name: ChildName) -> Bool { known.withLock { $0[name] != nil } }

    var names: [ChildName] { known.withLock { Array($0.keys) } }

    /// - Returns: nothing when it cannot be written down.
    func add(_ order: ContainerOrder, for name: ChildName) -> String? {
        let path = path(name, "order")
        guard SmallFile.write(order.json.serialized(), to: path) else { return nil }
        known.withLock { $0[name] = order.grace }
        return path
    }

    /// It is to be stopped; with its own grace, unless another is given.
    func noteStop(_ name: ChildName, grace: Duration? = nil) {
        let grace = grace ?? known.withLock { $0[name] } ?? .zero
        _ = SmallFile.write(String(Int64(grace / .milliseconds(1))), to: gracePath(name))
    }

    func outcome(of name: ChildName) -> ContainerOutcome? {
        guard let bytes = SmallFile.read(outcomePath(name)), let value = try? JSONValue(parsing: bytes) else {
            return nil
        }
        return try? ContainerOutcome(reading: JSONReader(value))
    }

    private func order(of name: ChildName) -> ContainerOrder? {
        guard let bytes = SmallFile.read(path(name, "order")), let value = try? JSONValue(parsing: bytes) else {
            return nil
        }
        return try? ContainerOrder(reading: JSONReader(value))
    }

    func forget(_ name: ChildName) {
        guard known.withLock({ $0.removeValue(forKey: name) }) != nil else { return }
        for kind in ["order", "outcome", "grace"] { unlink(path(name, kind)) }
    }

    func outcomePath(_ name: ChildName) -> String { path(name, "outcome") }
    func gracePath(_ name: ChildName) -> String { path(name, "grace") }
    private func path(_ name: ChildName, _ kind: String) -> String { "\(directory)/\(name).\(kind)" }
}

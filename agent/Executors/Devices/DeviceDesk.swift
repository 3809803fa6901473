import AgentRuntime
import Containers
import Glibc
import Synchronization

/// Which run has which of the agent's graphics processors. What it knows is in files, too, `KEY.devices`, so that the next
/// agent hands out none that an adopted run has.
final class DeviceDesk: Sendable {
    private static let ending = ".devices"

    private let devices: [String]
    private let directory: String
    private let held = Mutex<[ChildName: [String]]>([:])

    /// - Parameters:
    ///   - devices: those there are.
    ///   - directory: made when it is missing.
    init(devices: [String], directory: String) {
        self.devices = devices
        self.directory = directory
        mkdir(directory, 0o700)
    }

    /// Takes up what earlier agents have handed out to these; what others had is free.
    func recover(_ living: Set<ChildName>) {
        for file in files {
            let name = ChildName(String(file.dropLast(Self.ending.count)))
            guard living.contains(name), let bytes = SmallFile.read("\(directory)/\(file)") else {
                unlink("\(directory)/\(file)")
                continue
            }
            let names = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
            held.withLock { $0[name] = names }
        }
    }

    /// So many that nobody has, in the order in which they were named.
    ///
    /// - Throws: `DeviceShortage` when there are not so many, or it cannot be written down who has them.
    func take(_ count: Int, for name: ChildName) throws(DeviceShortage) -> [String] {
        let (taken, holders) = held.withLock { held in
            let busy = Set(held.values.joined())
            let taken = Array(devices.filter { !busy.contains($0) }.prefix(count))
            if taken.count == count { held[name] = taken }
            return (taken, held.filter { $0.key != name }.map { "\($0.key)" }.sorted())
        }
        guard taken.count == count else {
            throw DeviceShortage(wanted: count, devices: devices, holders: holders)
        }
        guard SmallFile.write(taken.joined(separator: "\n"), to: path(name)) else {
            held.withLock { $0[name] = nil }
            throw DeviceShortage(wanted: count, devices: devices, unwritable: path(name))
        }
        return taken
    }

    /// It is gone: others may have what it had.
    func free(_ name: ChildName) {
        guard held.withLock({ $0.removeValue(forKey: name) }) != nil else { return }
        unlink(path(name))
    }

    /// All are gone.
    func freeAll() { for name in held.withLock({ Array($0.keys) }) { free(name) } }

    private func path(_ name: ChildName) -> String { "\(directory)/\(name)\(Self.ending)" }

    private var files: [String] {
        guard let listing = opendir(directory) else { return [] }
        defer { closedir(listing) }
        var found: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(Self.ending) { found.append(name) }
        }
        return found
    }
}

/// Why a run does not get the graphics processors that it wants.
struct DeviceShortage: Error, CustomStringConvertible {
    let wanted: Int
    let devices: [String]
    var holders: [String] = []
    var unwritable: String?

    var description: String {
        if let unwritable { return "who has which graphics processors cannot be written to \(unwritable)" }
        let there = devices.isEmpty ? "none" : devices.joined(separator: ", ")
        let busy = holders.isEmpty ? "" : "; \(holders.joined(separator: ", ")) still hold some of them"
        return "it wants \(wanted) graphics processors, and its agent hands out these: \(there)\(busy)"
    }
}

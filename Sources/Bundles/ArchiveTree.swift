/// The names of an archive as a tree: says which entries can stand beside each other, and where links lead.
///
/// The packer and the reader both build it, so that whatever is packed is accepted.
struct ArchiveTree {
    private enum Kind {
        case folder, file
        case link(target: [UInt8])
    }

    private struct Node {
        let kind: Kind
        let parent: Int
        var children: [ArraySlice<UInt8>: Int] = [:]
    }

    private static let root = 0
    /// As many links in a row as Linux follows.
    private static let linksInARow = 40

    private var nodes = [Node(kind: .folder, parent: root)]
    private var links: [(path: BundlePath, node: Int)] = []
    private let limit: Int

    /// - Parameter limit: how many nodes there may be, implied folders included.
    init(limit: Int) {
        self.limit = limit
    }

    /// - Throws: `duplicate`, `unsafePath` for an entry below something that is no folder, `tooManyEntries`.
    mutating func insert(_ entry: BundleEntry) throws(BundleError) {
        var node = Self.root
        let names = entry.path.components
        for name in names.dropLast() {
            if let folder = child(name, of: node) {
                node = folder
            } else {
                node = try add(name, .folder, to: node)
            }
            guard case .folder = nodes[node].kind else {
                throw .unsafePath(path: "\(entry.path)", reason: "a file or a link stands where it needs a folder")
            }
        }
        guard let name = names.last, child(name, of: node) == nil else { throw .duplicate(path: "\(entry.path)") }
        switch entry.kind {
        case .file: _ = try add(name, .file, to: node)
        case .folder: _ = try add(name, .folder, to: node)
        case .link(let target): links.append((entry.path, try add(name, .link(target: target), to: node)))
        }
    }

    /// Whether the entry is a folder that is there already, be it as that of a file.
    func isFolderTwice(_ entry: BundleEntry) -> Bool {
        guard case .folder = entry.kind else { return false }
        var node = Self.root
        for name in entry.path.components {
            guard let next = child(name, of: node), case .folder = nodes[next].kind else { return false }
            node = next
        }
        return true
    }

    /// - Throws: `linkLeadsOutside` if following any link, through all others, would leave the root at any point.
    func checkLinks() throws(BundleError) {
        // Legitimate trees need some ten steps a link. The budget bounds what a hostile one can cost.
        var budget = 20 * limit
        for (path, node) in links where !staysInside(node, &budget) {
            guard case .link(let target) = nodes[node].kind else { continue }
            throw .linkLeadsOutside(path: "\(path)", target: String(decoding: target, as: UTF8.self))
        }
    }

    private func child(_ name: ArraySlice<UInt8>, of node: Int) -> Int? {
        nodes[node].children[name]
    }

    private mutating func add(_ name: ArraySlice<UInt8>, _ kind: Kind, to parent: Int) throws(BundleError) -> Int {
        guard nodes.count <= limit else { throw .tooManyEntries(limit: limit) }
        nodes[parent].children[name] = nodes.count
        nodes.append(Node(kind: kind, parent: parent))
        return nodes.count - 1
    }

    private func staysInside(_ link: Int, _ budget: inout Int) -> Bool {
        var node = nodes[link].parent
        /// Names passed that the archive does not hold: nothing there can be a link.
        var unknown = 0
        var followed = 0
        guard case .link(let target) = nodes[link].kind, var pending = Self.steps(of: target) else { return false }
        while let name = pending.popLast() {
            budget -= 1
            guard budget > 0 else { return false }
            if name.elementsEqual("..".utf8) {
                if unknown > 0 {
                    unknown -= 1
                } else {
                    guard node != Self.root else { return false }
                    node = nodes[node].parent
                }
            } else if unknown > 0 {
                unknown += 1
            } else if let next = child(name, of: node) {
                guard case .link(let target) = nodes[next].kind else {
                    node = next
                    continue
                }
                followed += 1
                guard followed <= Self.linksInARow, let steps = Self.steps(of: target) else { return false }
                pending += steps
            } else {
                unknown = 1
            }
        }
        return true
    }

    /// The names to walk, the last first; nil for an absolute path.
    private static func steps(of target: [UInt8]) -> [ArraySlice<UInt8>]? {
        guard target.first != UInt8(ascii: "/"), !target.isEmpty else { return nil }
        return target.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }.reversed()
    }
}

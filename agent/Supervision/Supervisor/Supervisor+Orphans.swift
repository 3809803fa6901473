import Glibc

/// A descendant of a child that has become our own child because its parent ended.
struct Orphan {
    /// The child that it descends from; nil if that is not known.
    var owner: Child?
    /// Its ancestor is a child no newer than this.
    var newest: UInt64
    /// How often it is worth asking again: a process that is just executing a program shows no environment.
    var looksLeft: Int

    /// Whether it may yet turn out to descend from this child.
    func mayDescend(from child: Child) -> Bool {
        owner == nil && looksLeft > 0 && newest >= child.sequence
    }
}

extension Supervisor {
    private static let looks = 5
    /// Between two looks at an orphan that nobody claims, in nanoseconds.
    private static let lookDelay: UInt64 = 10_000_000

    /// Looks for new orphans, and kills those whose child is ending. Costs one read when there are none.
    func adoptOrphans(at now: Uptime) {
        for pid in ProcessTree.children(in: resources.ownChildren) {
            if let child = children[pid], child.ending == nil { continue }
            if zygoteKeys[pid] != nil || isBecomingChild(pid) { continue }
            if orphans[pid] == nil { orphans[pid] = Orphan(owner: nil, newest: lastSequence, looksLeft: Self.looks) }
            identify(pid)
            if let owner = orphans[pid]?.owner, owner.life.isKilling { kill(pid, SIGKILL) }
        }
        killUnclaimed()
        if hasRiddles { wake(at: now.after(nanoseconds: Self.lookDelay)) }
    }

    /// What a zygote has become and not told of yet is no orphan.
    private func isBecomingChild(_ pid: Int32) -> Bool {
        guard areForksPending else { return false }
        return ProcessTree.marker(of: pid)?.hasPrefix(markerPrefix + Zygote.tokenPrefix) == true
    }

    /// Whether it is worth looking at orphans again.
    var hasRiddles: Bool { orphans.values.contains { $0.owner == nil && $0.looksLeft > 0 } }

    func forgetOrphan(_ pid: Int32) {
        orphans.removeValue(forKey: pid)?.owner?.orphans.remove(pid)
    }

    private func identify(_ pid: Int32) {
        guard var orphan = orphans[pid], orphan.owner == nil, orphan.looksLeft > 0 else { return }
        orphan.looksLeft -= 1
        switch descent(of: pid) {
        case .child(let child):
            orphan.owner = child
            child.orphans.insert(pid)
        case .nobodyAlive:
            orphan.newest = 0
            orphan.looksLeft = 0
        case .unknown: break
        }
        orphans[pid] = orphan
    }

    private enum Descent {
        case child(Child)
        /// From a child that was given up.
        case nobodyAlive
        case unknown
    }

    /// By its session, which is that of the main process unless it left it; then by the marker in its environment.
    private func descent(of pid: Int32) -> Descent {
        if let child = children[getsid(pid)] { return .child(child) }
        guard let marker = ProcessTree.marker(of: pid), marker.hasPrefix(markerPrefix) else { return .unknown }
        let token = String(marker.dropFirst(markerPrefix.count))
        if case .live(let child) = records[token] { return .child(child) }
        // A zygote's own marker is all that can be seen of what it has become.
        if token.hasPrefix(Zygote.tokenPrefix) { return .unknown }
        return .nobodyAlive
    }

    /// One that left its session and cleared its environment is killed when all that it may come from have ended.
    private func killUnclaimed() {
        if orphans.isEmpty { return }
        let oldestLiving = children.values.filter { $0.ending == nil }.map(\.sequence).min() ?? .max
        for (pid, orphan) in orphans {
            if orphan.owner?.life.phase == .ended || (orphan.owner == nil && orphan.newest < oldestLiving) {
                kill(pid, SIGKILL)
            }
        }
    }
}

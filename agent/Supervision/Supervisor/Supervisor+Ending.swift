import CProcess
import Glibc

/// From a wish or an exit to the last of a child's processes.
extension Supervisor {
    func requestStop(_ child: Child, _ reason: StopReason, grace: UInt64? = nil, at now: Uptime) {
        perform(child.life.requestStop(reason, grace: grace, at: now), on: child, at: now)
        wake(at: child.life.due)
    }

    func perform(_ action: ChildLife.Action, on child: Child, at now: Uptime) {
        switch action {
        case .nothing: break
        case .terminate:
            signal(child, SIGTERM)
            signal(child, SIGCONT)  // one that is stopped would not see it
        case .kill: signal(child, SIGKILL)
        case .finish: giveUp(child, at: now)
        }
    }

    /// Reaches the child's process group at once, and one by one what has escaped from it. A group whose leader has
    /// been reaped is not addressed: its number may be somebody else's. What is left of it is among the orphans.
    private func signal(_ child: Child, _ number: Int32) {
        let roots = child.ending == nil ? child.orphans.union([child.pid]) : child.orphans
        let processes = ProcessTree.closure(of: roots)
        if child.ending == nil { kill(-child.pid, number) }
        for pid in processes where child.ending != nil || getpgid(pid) != child.pid { kill(pid, number) }
    }

    /// Takes all processes that have ended.
    func reap(at now: Uptime) {
        let time = wallClockMicroseconds()
        while true {
            let pid = sluice_ended_child()
            guard pid > 0 else { break }
            let child = children[pid].flatMap { $0.ending == nil ? $0 : nil }
            // Before it is reaped, while the number of its group is certainly its own.
            if let child, child.life.mainEnded(at: now) == .kill { kill(-pid, SIGKILL) }
            var status: Int32 = 0
            var usage = rusage()
            wait4(pid, &status, 0, &usage)
            if let child {
                child.ending = Child.Ending(
                    status: ChildExit.Status(waitStatus: status), usage: usage, at: time, uptime: now)
                ending.append(child)
            } else if !noteZygoteEnd(pid, ChildExit.Status(waitStatus: status)) {
                forgetOrphan(pid)
            }
        }
        settleAll(at: now)
    }

    /// Looks for what ended children have left, and finishes those that have left nothing.
    func settleAll(at now: Uptime) {
        adoptOrphans(at: now)
        for child in ending { settle(child, at: now) }
    }

    /// Finishes an ended child if nothing of it is left.
    func settle(_ child: Child, at now: Uptime) {
        drain(child)
        guard child.orphans.isEmpty, !orphans.values.contains(where: { $0.mayDescend(from: child) }) else {
            return wake(at: child.life.due)
        }
        child.life.descendantsEnded(at: now)
        if child.allPipesEnded, !child.capture.isBlocked { finish(child) } else { wake(at: child.life.due) }
    }

    /// The time to wait for the rest of a child is over, unless its output waits for the disk.
    private func giveUp(_ child: Child, at now: Uptime) {
        guard let ending = child.ending else { return }
        let patience = ending.uptime.after(nanoseconds: settings.diskPatience.nanoseconds)
        if child.capture.isBlocked, now < patience {
            child.life.drainLonger(until: patience)
            return
        }
        if !child.orphans.isEmpty {
            supervisorLog("\(child.token): killed processes do not end: \(child.orphans.sorted())")
        }
        finish(child)
    }

    private func finish(_ child: Child) {
        guard let ending = child.ending else { return }
        closeOutput(of: child)
        child.life.finish()
        self.ending.removeAll { $0 === child }
        if children[child.pid] === child { children[child.pid] = nil }
        let exit = child.exit(ending)
        records[child.token] = .ended(exit)
        tell(.exited(token: child.token, exit))
    }
}

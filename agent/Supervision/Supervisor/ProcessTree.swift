import CProcess
import Glibc

/// Looks at processes through /proc. What it sees may have changed by the time that it is told.
enum ProcessTree {
    /// The roots and all that descends from them.
    static func closure(of roots: some Sequence<Int32>) -> [Int32] {
        var found = Array(roots)
        var known = Set(found)
        var next = 0
        while next < found.count {
            for child in children(of: found[next]) where known.insert(child).inserted { found.append(child) }
            next += 1
        }
        return found
    }

    static func children(of pid: Int32) -> [Int32] {
        list { sluice_children_of(pid, $0, $1) }
    }

    static func children(in file: Int32) -> [Int32] {
        list { sluice_children_in(file, $0, $1) }
    }

    /// The value of the variable that marks processes of children, if the process has it.
    static func marker(of pid: Int32) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 8192) { value in
            let length = sluice_environment_of(pid, StartRequest.marker + "=", value.baseAddress, value.count)
            guard length >= 0 else { return nil }
            return String(decoding: UnsafeRawBufferPointer(value)[..<length], as: UTF8.self)
        }
    }

    /// Kills all processes that carry a marker with this prefix, and returns when none is left, or with how many are.
    static func sweep(markedWith prefix: String) -> Int {
        var left = 0
        for round in 0..<200 {
            let marked = list { sluice_processes($0, $1) }.filter { pid in
                pid != getpid() && marker(of: pid)?.hasPrefix(prefix) == true
            }
            if round == 0, !marked.isEmpty {
                supervisorLog("ending \(marked.count) processes of a supervisor that was killed")
            }
            left = marked.count
            if left == 0 { break }
            for pid in marked { kill(pid, SIGKILL) }
            usleep(10_000)  // they are not our children: there is nothing to wait on
        }
        return left
    }

    /// Asks with ever more room until the answer fits.
    private static func list(_ fill: (UnsafeMutablePointer<Int32>?, Int) -> Int) -> [Int32] {
        var capacity = 64
        while true {
            let pids = [Int32](unsafeUninitializedCapacity: capacity) { buffer, count in
                count = fill(buffer.baseAddress, capacity)
            }
            if pids.count < capacity { return pids }
            capacity *= 4
        }
    }
}

import Domain
import Executors
import Glibc
import JSON
import Testing

/// Files that look as those of control groups do. That the kernel obeys them is for the tests of the system.
@Suite struct ControlGroupTests {
    private let folder = TemporaryFolder()

    private func write(_ text: String, _ path: String) {
        guard let file = fopen("\(folder.path)/\(path)", "w") else { return }
        fputs(text, file)
        fclose(file)
    }

    private func makeFiles(_ names: [String], in path: String) {
        mkdir("\(folder.path)/\(path)", 0o755)
        for name in names { write("", "\(path)/\(name)") }
    }

    @Test func versionTwoHasOneTree() throws {
        write("cpu memory pids", "cgroup.controllers")
        write("cpu memory pids", "cgroup.subtree_control")
        let groups = try #require(ControlGroups.find(root: folder.path, name: "agent"))
        #expect(groups.version == .two)
        makeFiles(["cgroup.subtree_control"], in: "agent")
        makeFiles(["memory.max", "memory.swap.max", "pids.max", "cpu.max"], in: "agent/run.1")
        let files = try groups.make(
            "run.1", limits: ProcessLimits(memoryBytes: 4096, cpus: 1.5, processes: 3))
        #expect(files == ["\(folder.path)/agent/run.1/cgroup.procs"])
        #expect(contents("\(folder.path)/agent/cgroup.subtree_control") == "+memory +pids +cpu")
        #expect(contents("\(folder.path)/agent/run.1/memory.max") == "4096")
        #expect(contents("\(folder.path)/agent/run.1/memory.swap.max") == "0")
        #expect(contents("\(folder.path)/agent/run.1/pids.max") == "3")
        #expect(contents("\(folder.path)/agent/run.1/cpu.max") == "150000 100000")
        write("usage_usec 2500000\nuser_usec 1\n", "agent/run.1/cpu.stat")
        write("8192\n", "agent/run.1/memory.peak")
        write("low 0\noom 1\noom_kill 1\n", "agent/run.1/memory.events")
        let use = groups.use(of: "run.1")
        #expect(use.cpu == .milliseconds(2500) && use.peakMemoryBytes == 8192 && use.wasStarved)
    }

    @Test func withoutGroupsTheSystemSetsWhatItCan() throws {
        let limits = ProcessLimits(memoryBytes: 1 << 30, cpuTime: .seconds(5), processes: 10, openFiles: 64)
        let all = try Confinement.resources(for: limits, hasGroups: false, isForRoot: false)
        #expect(all.count == 4 && all[Int32(RLIMIT_AS.rawValue)] == 1 << 30)
        let rest = try Confinement.resources(for: limits, hasGroups: true, isForRoot: true)
        #expect(rest.count == 2 && rest[Int32(RLIMIT_NOFILE.rawValue)] == 64)
        #expect(throws: ConfinementError.needsGroups(limit: "processes")) {
            try Confinement.resources(for: limits, hasGroups: false, isForRoot: true)
        }
        #expect(throws: ConfinementError.needsGroups(limit: "cpus")) {
            try Confinement.resources(for: ProcessLimits(cpus: 1), hasGroups: false, isForRoot: false)
        }
    }

    @Test func aConfinementIsReadAsItIsWritten() throws {
        let confinement = Confinement(
            arguments: ["a", "b c"], groupFiles: ["/x"], account: Account("root"), resources: [0: 5, 7: 64],
            refusalPath: "/y")
        #expect(try Confinement(reading: JSONReader(confinement.json)) == confinement)
        #expect(Account("nobody-of-this-name") == nil)
        #expect(Account("4000000")?.userID == 4_000_000)
    }

    @Test func whereNothingMayBeMadeThereAreNone() {
        #expect(ControlGroups.find(root: "\(folder.path)/nowhere", name: "agent") == nil)
    }
}

import Glibc
import TestSupport
import Testing

/// Limits on a kernel that has its control groups as version 2, where this one has not: the tests of confinement are
/// repeated in a machine with such a kernel.
@Suite(
    .enabled(if: access("/sys/fs/cgroup/cgroup.controllers", F_OK) != 0, "this kernel has them itself"),
    .enabled(
        if: access("\(Repository.root)/.build/machine/vmlinuz", R_OK) == 0,
        "another kernel is needed: scripts/setup machine installs it, on Debian for amd64"),
    .timeLimit(.minutes(15)))
struct ControlGroupVersionTests {
    @Test func limitsHoldByVersionTwoAsWell() async throws {
        let place = try Sandbox()
        let script = """
            set -e
            grep memory /sys/fs/cgroup/cgroup.controllers
            export SLUICE_TEST_WANTS_GROUPS=1
            "$0" --testing-library swift-testing --no-parallel --filter ConfinementTests/memory --filter ConfinementTests/otherLimits
            # No group of a run is left, nor of an agent.
            ! ls -d /sys/fs/cgroup/sluice-*
            """
        let machine = try Program(
            "/usr/bin/env",
            [
                "\(Repository.root)/scripts/in-machine", "/bin/bash", "-c", script,
                "\(Program.folder)/sluicePackageTests.xctest",
            ], in: place, environment: ["TMPDIR": place.path])
        let status = try await machine.wait(atMost: .seconds(800))
        #expect(status == 0, "\(machine.output.suffix(4000))\(machine.errors)")
        #expect(machine.output.contains("2 tests"), "\(machine.output.suffix(4000))")
    }
}

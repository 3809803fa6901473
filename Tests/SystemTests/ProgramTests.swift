import Glibc
import TestSupport
import Testing

@Suite struct ProgramTests {
    /// Else a program that a test ends by a signal goes on, and the same test passes when it runs alone.
    @Test func whatATestStartsInheritsNoSignals() async throws {
        let sandbox = try Sandbox()
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        let started = Result { try Program("/bin/grep", ["SigBlk", "/proc/self/status"], in: sandbox) }
        pthread_sigmask(SIG_SETMASK, &before, nil)
        let program = try started.get()
        try await program.wait()
        #expect(program.output == "SigBlk:\t0000000000000000\n")
    }
}

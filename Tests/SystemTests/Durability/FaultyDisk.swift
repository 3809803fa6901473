import Glibc
import TestSupport
import Testing

/// A disk under a server's data directory that keeps nothing but what was synced: see `Disk/disk.c`.
struct FaultyDisk {
    /// How it fails.
    struct Faults {
        /// Whether syncs are answered without anything being synced.
        var lies = false
        /// Of 100 writes, how many reach the disk although nobody has synced them.
        var leak = 0
        /// What chance begins with.
        var seed = 1
        /// How the marks begin that the trace looks for; no trace without.
        var mark: String?
    }

    let data: String
    let image: String
    let trace: String
    let faults: Faults
    private let library: String

    /// - Parameter place: whose server's data directory it is; made if need be.
    init(under place: Installation, _ faults: Faults = Faults()) throws {
        library = try Self.library.get()
        data = place.data
        mkdir(data, 0o700)
        let label = "\(place.sandbox.path)/disk-\(place.sandbox.nextNumber())"
        (image, trace) = ("\(label).image", "\(label).trace")
        self.faults = faults
    }

    /// What the server is to be started with.
    var environment: [String: String] {
        var variables = [
            "LD_PRELOAD": library, "DISK_ROOT": data, "DISK_IMAGE": image, "DISK_LIES": faults.lies ? "1" : "0",
            "DISK_LEAK": "\(faults.leak)", "DISK_SEED": "\(faults.seed)",
        ]
        if let mark = faults.mark { (variables["DISK_TRACE"], variables["DISK_MARK"]) = (trace, mark) }
        return variables
    }

    /// What a loss of power does. The server must have been killed.
    func losePower() throws {
        let code = system("rm -rf '\(data)' && cp -R '\(image)/tree' '\(data)' && rm -rf '\(image)'")
        try #require(code == 0, "the disk's image could not be put in place")
    }

    /// The library, made by the system's C compiler once for all tests.
    private static let library: Result<String, any Error> = Result {
        let source = "\(Repository.root)/Tests/SystemTests/Disk/disk.c"
        let target = "\(Program.folder)/sluice-disk-\(getpid()).so"
        let code = system("cc -Wall -Wextra -Werror -O1 -shared -fPIC -o '\(target)' '\(source)' -ldl -lpthread")
        try #require(code == 0, "\(source) could not be compiled")
        atexit { unlink("\(Program.folder)/sluice-disk-\(getpid()).so") }
        return target
    }
}

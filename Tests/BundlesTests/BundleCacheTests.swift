import Glibc
import Synchronization
import Testing

@testable import Bundles

@Suite("The cache of unpacked bundles", .timeLimit(.minutes(2)))
struct BundleCacheTests {
    private let sandbox = Sandbox()

    private func cache() throws -> BundleCache {
        try BundleCache(sandbox.path("cache"))
    }

    /// A bundle with one file of a size.
    private func bundle(_ name: String, bytes: Int = 10) throws -> (digest: BundleDigest, bytes: [UInt8]) {
        sandbox.file("\(name)/\(name)", bytes: [UInt8](repeating: 1, count: bytes))
        let (bundle, bytes) = try BundlePacker().pack(sandbox.path(name))
        return (bundle.digest, bytes)
    }

    /// Sets when a bundle was used last.
    private func setUse(_ digest: BundleDigest, _ second: Int) {
        let time = timespec(tv_sec: second, tv_nsec: 0)
        #expect(utimensat(AT_FDCWD, sandbox.path("cache/\(digest)"), [time, time], 0) == 0)
    }

    @Test("a bundle is there once it is installed, and after a restart")
    func install() async throws {
        let (digest, bytes) = try bundle("one")
        let cache = try cache()
        #expect(cache.directory(for: digest) == nil)
        #expect(cache.lease(digest) == nil)
        let lease = try await cache.install(bytes, digest: digest)
        #expect(lease.directory == sandbox.path("cache/\(digest)"))
        #expect(cache.directory(for: digest) == lease.directory)
        #expect(contents(of: "\(lease.directory)/one").count == 10)
        let reopened = try self.cache()
        #expect(reopened.lease(digest)?.directory == lease.directory)
        // It is there: the archive is not even looked at.
        #expect(try await reopened.install(archive: "/nowhere", digest: digest).directory == lease.directory)
    }

    @Test("what a crash left half done is no bundle, and is removed")
    func leftOvers() async throws {
        let (digest, bytes) = try bundle("one")
        sandbox.file("cache/\(digest).partial-Ab12Cd/one")
        sandbox.file("cache/removed-Ab12Cd/\(digest)/one")
        chmod(sandbox.path("cache/removed-Ab12Cd/\(digest)"), 0o500)
        let cache = try cache()
        #expect(cache.directory(for: digest) == nil)
        #expect(sandbox.listing("cache").isEmpty)
        _ = try await cache.install(bytes, digest: digest)
        #expect(sandbox.listing("cache").count == 2)
    }

    @Test("a bad archive leaves nothing, and does not spoil a good one that comes at the same time")
    func badArchive() async throws {
        let (digest, bytes) = try bundle("one", bytes: 100_000)
        let cache = try cache()
        let outcomes = await withTaskGroup { group in
            for number in 0..<20 {
                group.addTask {
                    let archive = number % 2 == 0 ? Array(bytes.dropLast(number + 1)) : bytes
                    do {
                        return (number, try await cache.install(archive, digest: digest).directory as String?)
                    } catch {
                        return (number, nil)
                    }
                }
            }
            return await group.reduce(into: [Int: String?]()) { $0[$1.0] = $1.1 }
        }
        for number in stride(from: 1, to: 20, by: 2) {
            #expect(outcomes[number] == sandbox.path("cache/\(digest)"))
        }
        #expect(sandbox.listing("cache").count == 2)
    }

    @Test("many at once unpack each bundle once")
    func concurrent() async throws {
        let bundles = try (0..<3).map { try bundle("bundle\($0)", bytes: 300_000) }
        let cache = try cache()
        let leases = try await withThrowingTaskGroup { group in
            for number in 0..<60 {
                let (digest, bytes) = bundles[number % 3]
                group.addTask { try await cache.install(bytes, digest: digest) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(leases.count == 60)
        // A second unpacking would have made another folder, with another inode.
        #expect(Set(leases.map(\.directory)).count == 3)
        #expect(sandbox.listing("cache").count == 6)
    }

    @Test("pruning removes the least recently used first, until the rest fits")
    func prune() async throws {
        let cache = try cache()
        var digests: [BundleDigest] = []
        for (number, second) in [30, 10, 20, 40].enumerated() {
            let (digest, bytes) = try bundle("bundle\(number)", bytes: 1000)
            _ = try await cache.install(bytes, digest: digest)
            setUse(digest, second)
            digests.append(digest)
        }
        #expect(try await cache.prune(to: 4000) == 0)
        #expect(try await cache.prune(to: 2999) == 2000)
        #expect(digests.map { cache.directory(for: $0) != nil } == [true, false, false, true])
        // A lease is a use, even after its end.
        _ = cache.lease(digests[0])
        #expect(try await cache.prune(to: 1000) == 1000)
        #expect(digests.map { cache.directory(for: $0) != nil } == [true, false, false, false])
        #expect(try await cache.prune(to: 0) == 1000)
        #expect(sandbox.listing("cache").isEmpty)
    }

    @Test("pruning spares what is in use, by every lease of it")
    func leases() async throws {
        let (digest, bytes) = try bundle("one")
        let cache = try cache()
        var leases = [try await cache.install(bytes, digest: digest)]
        leases.append(try #require(cache.lease(digest)))
        for _ in 0..<2 {
            #expect(try await cache.prune(to: 0) == 0)
            #expect(cache.directory(for: digest) != nil)
            leases.removeLast()
        }
        #expect(try await cache.prune(to: 0) == 10)
        #expect(cache.directory(for: digest) == nil)
    }

    @Test("installing and pruning at once: whoever holds a lease has the bundle")
    func races() async throws {
        let bundles = try (0..<4).map { try bundle("bundle\($0)", bytes: 2000 + $0) }
        let cache = try cache()
        try await withThrowingTaskGroup { group in
            for worker in 0..<6 {
                group.addTask {
                    for round in 0..<25 {
                        let number = (worker + round) % 4
                        let lease = try await cache.install(bundles[number].bytes, digest: bundles[number].digest)
                        #expect(contents(of: "\(lease.directory)/bundle\(number)").count == 2000 + number)
                    }
                }
            }
            group.addTask {
                for _ in 0..<40 { try await cache.prune(to: 0) }
            }
            try await group.waitForAll()
        }
    }

    @Test("a run may leave anything in the folder: names without sense, no rights, links outward")
    func ruins() async throws {
        let (digest, bytes) = try bundle("one")
        let cache = try cache()
        let directory = try await cache.install(bytes, digest: digest).directory
        sandbox.file("outside/canary", "alive")
        let script = """
            cd "$0" && mkdir -p d/e && touch "$(printf 'd/\\377')" && ln -s ../../../outside out && chmod 0 d
            """
        #expect(system(["sh", "-c", script, directory]) == 0)
        try await cache.prune(to: 0)
        #expect(sandbox.listing("cache").isEmpty)
        #expect(sandbox.listing("outside").count == 1)
    }
}

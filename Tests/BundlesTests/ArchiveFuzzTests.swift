import Glibc
import TestSupport
import Testing

@testable import Bundles

@Suite("Archives with random damage")
struct ArchiveFuzzTests {
    private let sandbox = Sandbox()

    @Test("never trap, never write outside, and what is accepted stays inside", arguments: 0..<24 as Range<UInt64>)
    func fuzz(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        GeneratedTree(in: sandbox, "code", largest: 513).build(using: &generator)
        sandbox.link("code/zz", to: "a")
        sandbox.file("outside/canary", "alive")
        let archive = try BundlePacker().pack(sandbox.path("code")).bytes
        let before = sandbox.listing()
        let place = sandbox.folder("place")
        var accepted = 0
        for _ in 0..<150 {
            let damaged = Damage.random(archive, using: &generator)
            var hasher = SHA256()
            hasher.update(damaged)
            do throws(BundleError) {
                try BundleUnpacker().unpack(damaged, digest: hasher.digest(), into: "\(place)/target")
                accepted += 1
                expectInside("\(place)/target")
                system(["rm", "-rf", "\(place)/target"])
            } catch {
                _ = "\(error)"
            }
            #expect(sandbox.listing("place").isEmpty)
        }
        // Some damage does no harm, to a file's content for instance; most does.
        #expect((1..<75).contains(accepted))
        rmdir(place)
        #expect(sandbox.listing() == before)
    }

    /// Every link that resolves does so inside.
    private func expectInside(_ target: String) {
        let resolvedTarget = realpath(target, nil)!
        defer { free(resolvedTarget) }
        let root = String(cString: resolvedTarget)
        for line in sandbox.listing("place/target") {
            guard let arrow = line.utf8.firstIndex(of: UInt8(ascii: ">")), line.contains(" -> ") else { continue }
            let path = "\(target)/\(line[..<arrow].dropLast(2))"
            guard let resolved = realpath(path, nil) else { continue }
            #expect((String(cString: resolved) + "/").hasPrefix(root + "/"))
            free(resolved)
        }
    }
}

/// What can happen to an archive's bytes.
private enum Damage {
    static func random(_ archive: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
        var bytes = archive
        for _ in 0..<Int.random(in: 1...4, using: &generator) where bytes.count >= 512 {
            let block = Int.random(in: 0..<(bytes.count / 512), using: &generator) * 512
            let offset = Int.random(in: 0..<512, using: &generator)
            switch Int.random(in: 0..<8, using: &generator) {
            case 0: bytes[block + offset] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 1: bytes.removeLast(Int.random(in: 0...bytes.count / 2, using: &generator))
            case 2: bytes.removeSubrange(block..<block + 512)
            case 3: bytes.insert(contentsOf: bytes[block..<block + 512], at: block)
            case 4: bytes.insert(contentsOf: forged(using: &generator), at: block)
            default: change(&bytes, block, using: &generator)
            }
        }
        return bytes
    }

    /// Changes a field of what may be a header, and makes the checksum right.
    private static func change(_ bytes: inout [UInt8], _ block: Int, using generator: inout SeededGenerator) {
        let fields = [
            (0, "../x"), (0, "/x"), (0, "a/b"), (156, "2"), (156, "5"), (156, "0"), (156, "x"), (156, "1"),
            (157, "../../.."), (157, "a"), (157, "/etc"), (124, "00000000777"), (124, "77777777777"), (100, "0007777"),
        ]
        let (offset, text) = fields.randomElement(using: &generator)!
        bytes.replaceSubrange(block + offset..<block + offset + text.utf8.count, with: text.utf8)
        if Bool.random(using: &generator) { bytes[block + offset + text.utf8.count] = 0 }
        bytes.replaceSubrange(block..<block + 512, with: Forgery.summed(Array(bytes[block..<block + 512])))
    }

    private static func forged(using generator: inout SeededGenerator) -> [UInt8] {
        let paths = ["!", "a", "a/b", "b/c", "../outside/canary", "zz/canary", "~/x", "é"]
        let path = paths.randomElement(using: &generator)!
        return switch Int.random(in: 0..<3, using: &generator) {
        case 0: Forgery.file(path, "dead").bytes
        case 1:
            Forgery.link(path, to: ["..", "../outside", "zz", "a", "zz/.."].randomElement(using: &generator)!).bytes
        default: Forgery.folder(path).bytes
        }
    }
}

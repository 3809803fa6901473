import Glibc
import TestSupport
import Testing

@testable import DeploymentDocument

/// The documents of the repository's samples, mangled: reading ends with deployments, or with problems that all have a
/// place.
@Suite struct DocumentFuzzTests {
    private static let repository =
        "/"
        + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    private static let words = [
        "&a", "*a", "<<: *a", "!!binary", "!python/object:os.system", "|", ">-", "{", "}", "[", "]", "- ", "? ", ": ",
        "%YAML 9.9\n", "---\n", "...\n", "\t", "\u{FEFF}", "\u{0}", "'", "\"", "#", "{{ parameters.", "}}", "$(id)",
        "1e999", "0x7f", "999999999999999999999", "~", "2026-01-01", "null", "\r", "\u{2028}", "../..", "!!set {a}",
    ]

    private func text(_ sample: String) throws -> String {
        let path = "\(Self.repository)/deployments/\(sample)/sluice.yaml"
        let file = try #require(fopen(path, "r"), "no \(path)")
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        return String(decoding: bytes[..<fread(&bytes, 1, bytes.count, file)], as: UTF8.self)
    }

    @Test(arguments: ["flaky", "shell", "flights"], Fuzz.seeds(150))
    func `A mangled sample is read or refused with a place`(sample: String, seed: UInt64) throws {
        var mutation = Mutation(seed: seed)
        var document = try text(sample)
        #expect(!document.isEmpty)
        for _ in 0..<mutation.random.choice(of: 4) {
            let at = document.index(document.startIndex, offsetBy: mutation.random.choice(of: document.count))
            document.insert(contentsOf: Self.words[mutation.random.choice(of: Self.words.count)], at: at)
        }
        if mutation.random.choice(of: 2) == 0 { document = mutation(document) }
        let lines = document.split(separator: "\n", omittingEmptySubsequences: false).count
        do {
            _ = try DocumentReader.read(
                text: document, file: "sluice.yaml", folder: "\(Self.repository)/deployments/\(sample)")
        } catch let invalid {
            #expect(!invalid.problems.isEmpty, "seed \(seed)")
            for problem in invalid.problems {
                // Carriage returns and the separators of Unicode end lines too.
                #expect((1...(3 * lines + 10)).contains(problem.place.line), "seed \(seed): \(problem)")
                #expect(problem.place.column >= 1 && !problem.message.isEmpty, "seed \(seed): \(problem)")
            }
        }
    }
}

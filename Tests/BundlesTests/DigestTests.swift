import Testing

@testable import Bundles

@Suite("Digests")
struct DigestTests {
    private static let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    private static let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    @Test("SHA-256 as FIPS 180-2 has it, whatever the pieces")
    func vectors() {
        var hasher = SHA256()
        #expect(hasher.digest().description == Self.empty)
        hasher.update(Array("a".utf8))
        hasher.update([])
        hasher.update(Array("bc".utf8))
        #expect(hasher.digest().description == Self.abc)
        #expect(hasher.digest().description == Self.abc)
    }

    @Test("one spelling only")
    func spelling() {
        #expect(BundleDigest(Self.abc)?.description == Self.abc)
        let wrong = [
            "", "abc", Self.abc.uppercased(), Self.abc + "0", String(Self.abc.dropLast()), " " + Self.abc.dropLast(),
            "0x" + Self.abc.dropFirst(2), "g" + Self.abc.dropFirst(), "é" + Self.abc.dropFirst(2), "../../etc/passwd",
        ]
        for text in wrong {
            #expect(BundleDigest(text) == nil, "\(text)")
        }
    }
}

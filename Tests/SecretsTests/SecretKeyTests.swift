import Glibc
import Testing

@testable import Secrets

@Suite struct SecretKeyTests {
    private static func key(_ byte: UInt8) throws -> SecretKey {
        try #require(SecretKey([UInt8](repeating: byte, count: SecretKey.size)))
    }

    private static let nonce = [UInt8](0..<24)

    @Test(arguments: [0, 1, 15, 16, 1000])
    func whatIsSealedIsOpened(_ count: Int) throws {
        let key = try Self.key(7)
        let plain = (0..<count).map { UInt8(truncatingIfNeeded: 200 + $0) }
        let sealed = try key.seal(plain, nonce: Self.nonce, of: [1, 2])
        #expect(try key.open(sealed, of: [1, 2]) == plain)
        #expect(count < 15 || !sealed.indices.contains { sealed[$0...].starts(with: plain) })
    }

    @Test func anotherKeyIsTold() throws {
        let sealed = try Self.key(7).seal([1, 2, 3], nonce: Self.nonce, of: [])
        #expect(throws: SecretFailure.otherKey) { try Self.key(8).open(sealed, of: []) }
    }

    @Test func anotherOwnerIsRefused() throws {
        let key = try Self.key(7)
        let sealed = try key.seal([1, 2, 3], nonce: Self.nonce, of: [1])
        #expect(throws: SecretFailure.damaged) { try key.open(sealed, of: [2]) }
    }

    @Test func noBitAndNoEndMayBeChanged() throws {
        let key = try Self.key(7)
        let sealed = try key.seal([1, 2, 3], nonce: Self.nonce, of: [1])
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: SecretFailure.self) { try key.open(changed, of: [1]) }
            #expect(throws: SecretFailure.self) { try key.open(Array(sealed.prefix(index)), of: [1]) }
        }
        #expect(throws: SecretFailure.self) { try key.open(sealed + [0], of: [1]) }
    }

    @Test func keysAndNoncesHaveTheirLength() throws {
        #expect(SecretKey([1, 2, 3]) == nil)
        let key = try Self.key(7)
        #expect(throws: SecretFailure.self) { try key.seal([], nonce: [1], of: []) }
    }
}

@Suite struct SecretKeyFileTests {
    private let folder: String

    init() throws {
        var template = Array("/tmp/sluice-secrets-XXXXXX".utf8CString)
        folder = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    private func clear() {
        unlink("\(folder)/secrets.key")
        rmdir(folder)
    }

    @Test func aKeyIsMadeOnceAndReadAgain() throws {
        defer { clear() }
        let file = SecretKeyFile("\(folder)/secrets.key")
        #expect(try file.read() == nil)
        let bytes = [UInt8](0..<32)
        let made = try file.create(bytes)
        #expect(made.bytes == bytes)
        #expect(try #require(try file.read()).bytes == bytes)
        var status = stat()
        #expect(stat("\(folder)/secrets.key", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(throws: SecretKeyFileError.self) { try file.create(bytes) }
    }

    @Test(arguments: ["", "abc", String(repeating: "0", count: 63), String(repeating: "x", count: 64)])
    func whatIsNoKeyIsTold(_ content: String) throws {
        defer { clear() }
        let path = "\(folder)/secrets.key"
        let file = open(path, O_WRONLY | O_CREAT, 0o600)
        #expect(write(file, content, content.utf8.count) == content.utf8.count)
        close(file)
        let error = #expect(throws: SecretKeyFileError.self) { try SecretKeyFile(path).read() }
        #expect(error?.description.contains(path) == true)
    }
}

import Domain
import Glibc
import JSON
import Testing

@testable import Containers

@Suite struct RegistryFileTests {
    /// The file with this text.
    private func file(_ text: String) throws -> RegistryFile {
        var template = Array("/tmp/sluice-auth.XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        close(descriptor)
        let path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        defer { unlink(path) }
        try #require(SmallFile.write(text, to: path))
        return try RegistryFile(path)
    }

    /// What an engine is told.
    private func told(_ login: RegistryLogin?, _ image: String) throws -> JSONValue {
        let header = try #require(login).header(for: ImageName(image).registry)
        return try JSONValue(parsing: String(decoding: try #require(Radix64.decoded(header)), as: UTF8.self))
    }

    @Test(arguments: [
        ("busybox", "docker.io", "busybox", "busybox:latest"), ("team/app:2", "docker.io", "team/app", "team/app:2"),
        ("localhost/a", "localhost", "a", "localhost/a:latest"),
        ("r.example.com:5000/t/a@sha256:0", "r.example.com:5000", "t/a", "r.example.com:5000/t/a@sha256:0"),
        ("docker.io/library/x:1", "docker.io", "library/x", "docker.io/library/x:1"),
        ("127.0.0.1:5/a", "127.0.0.1:5", "a", "127.0.0.1:5/a:latest"),
    ])
    func namesOfImages(text: String, registry: String, repository: String, tagged: String) {
        let name = ImageName(text)
        #expect((name.registry, name.repository, name.tagged) == (registry, repository, tagged))
    }

    @Test func loginsAreFoundByTheirRegistry() throws {
        // dXNlcjpwYTpzcw== is "user:pa:ss".
        let file = try file(
            """
            {"auths": {
                "https://index.docker.io/v1/": {"auth": "dXNlcjpwYTpzcw=="},
                "r.example.com:5000": {"username": "plain", "password": "word"},
                "r.example.com:5000/team": {"username": "team", "password": "word"},
                "token.example.com": {"identitytoken": "given"},
                "empty.example.com": {}
            }}
            """)
        let hub = try told(file.login(for: ImageName("busybox")), "busybox")
        #expect(hub == ["username": "user", "password": "pa:ss", "serveraddress": "docker.io"])
        func user(_ image: String) -> String? { file.login(for: ImageName(image))?.username }
        #expect(user("r.example.com:5000/a:1") == "plain" && user("r.example.com:5000/team/a") == "team")
        #expect(user("r.example.com:5000/teams/a") == "plain")
        #expect(user("empty.example.com/a") == nil && user("other.example.com/a") == nil)
        let token = try told(file.login(for: ImageName("token.example.com/a")), "token.example.com/a")
        #expect(token == ["identitytoken": "given", "serveraddress": "token.example.com"])
    }

    @Test func helpersAreNotAskedAndNamed() throws {
        let file = try file(#"{"credsStore": "desktop", "credHelpers": {"r.example.com": "ecr"}}"#)
        #expect(file.unaskedHelpers == ["docker-credential-desktop", "docker-credential-ecr"])
        #expect(file.helper(for: ImageName("r.example.com/a")) == "docker-credential-ecr")
        #expect(file.helper(for: ImageName("busybox")) == "docker-credential-desktop")
    }

    @Test(arguments: ["", "[]", "{", #"{"auths": {"a": {"auth": "%%%"}}}"#, #"{"auths": {"a": {"auth": "YWJj"}}}"#])
    func whatIsNoSuchFileIsRefused(text: String) { #expect(throws: EngineError.self) { try file(text) } }

    @Test func nothingIsToldOfAPassword() {
        let login = RegistryLogin(RegistryCredentials(username: "u", password: "word"))
        #expect(!"\(login)".contains("word") && !String(reflecting: login).contains("word"))
        var text = ""
        dump(login, to: &text)
        #expect(!text.contains("word"))
    }

    @Test func radix64GoesThereAndBack() {
        for length in 0...70 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 37 + length) }
            let text = Radix64.encoded(bytes)
            #expect(text.utf8.count % 4 == 0 && Radix64.decoded(text) == bytes)
        }
        #expect(Radix64.decoded("-_") == Radix64.decoded("+/"))
    }
}

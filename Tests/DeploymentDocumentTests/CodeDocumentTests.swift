import Domain
import Testing

@testable import DeploymentDocument

/// Code that is not the folder of the document.
@Suite struct CodeDocumentTests {
    @Test func aRepositoryIsNamed() throws {
        let text = """
            working_directory: src
            code:
              git:
                url: https://example.org/flows.git
                branch: main
                folder: daily
                token: "{{ secrets.git }}"
            """
        let definition = try #require(try read(document(text)).first)
        let source = CodeSource(
            .git,
            [
                .url: "https://example.org/flows.git", .branch: "main", .folder: "daily",
                .token: "{{ secrets.git }}",
            ])
        #expect(definition.code == .source(source))
        #expect(definition.workingDirectory == "src")
        #expect(definition.execution(bundle: nil).code == source)
    }

    /// What YAML could take for a number is the text that was written.
    @Test func aCommitOfDigitsIsAText() throws {
        let commit = "1234567890123456789012345678901234567890"
        let definition = try read(document("code: {git: {url: https://a/b, commit: \(commit)}}")).first
        #expect(definition?.code.source?[.commit] == commit)
    }

    @Test(arguments: [
        ("code: {path: /srv/flows}", CodeSource(.path, [.path: "/srv/flows"])),
        ("code: {archive: {url: https://a/b.zip}}", CodeSource(.archive, [.url: "https://a/b.zip"])),
        ("code: {s3: {bucket: a, prefix: b/}}", CodeSource(.s3, [.bucket: "a", .prefix: "b/"])),
        ("code: {gcs: {bucket: a, object: b}}", CodeSource(.gcs, [.bucket: "a", .object: "b"])),
        ("container: busybox\ncode: {image: true}\nworking_directory: /app", CodeSource(.image)),
    ])
    func othersAreNamed(text: String, source: CodeSource) throws {
        #expect(try read(document(text)).first?.code == .source(source))
    }

    @Test(arguments: [
        ("code: {}", "exactly one of path, git"),
        ("code: {git: {url: https://a/b}, path: /a}", "exactly one of path, git"),
        ("code: {gti: {url: https://a/b}}", "did you mean 'git'?"),
        ("code: {git: https://a/b}", "'git' is a mapping"),
        ("code: {git: {branch: main}}", "'git' has no 'url'"),
        ("code: {git: {url: https://a/b, brnach: main}}", "did you mean 'branch'?"),
        ("code: {git: {url: [a]}}", "'url' is a text"),
        ("code: {git: {url: 'ext::sh -c id'}}", "no address of a repository"),
        ("code: {git: {url: --upload-pack=id}}", "no address of a repository"),
        ("code: {git: {url: https://a/b, branch: -x}}", "no name that git knows"),
        ("code: {git: {url: https://a/b, token: abc}}", "sluice secret set"),
        ("code: {git: {url: 'https://me:abc@a/b'}}", "holds no user and no password"),
        ("code: {archive: {url: https://a/b, sha256: abc}}", "'sha256sum FILE' says them"),
        ("code: {path: flows}", "an absolute path"),
        ("code: {s3: {bucket: a}}", "neither 'key' nor 'prefix'"),
        ("code: {s3: {bucket: a, key: b, access_key: AKIA, secret_key: x}}", "'access_key' is written down"),
        ("code: {gcs: {bucket: a, object: b, credentials: '{}'}}", "'credentials' is written down"),
        ("code: {image: true}", "wants a 'container'"),
        ("container: a\ncode: {image: false}", "'image' is true"),
        ("code: {path: /a}\nworking_directory: /b", "a folder within the shipped code"),
        ("container: a\ncode: {image: true}\nworking_directory: b", "is an absolute path"),
    ])
    func whatIsWrongIsSaid(text: String, expected: String) {
        let found = problems(document(text))
        #expect(found.contains { $0.contains(expected) }, "\(found)")
    }

    @Test func aProblemStandsWhereItIs() {
        let text = """
            flow: a
            name: b
            command: [a]
            code:
              git:
                url: https://a/b
                token: abc
            """
        #expect(problems(text).first?.contains("7:12") == true, "\(problems(text))")
    }
}

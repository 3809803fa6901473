import Domain
import JSON
import Testing

@Suite struct CodeSourceTests {
    private static let commit = String(repeating: "0a", count: 20)

    private static let sources: [CodeSource] = [
        CodeSource(.path, [.path: "/srv/flows"]), CodeSource(.image),
        CodeSource(
            .git,
            [
                .url: "https://example.org/flows.git", .branch: "main", .folder: "daily", .user: "reader",
                .token: "{{ secrets.git }}",
            ]),
        CodeSource(.archive, [.url: "http://example.org/a.zip", .sha256: String(repeating: "0f", count: 32)]),
        CodeSource(
            .s3,
            [
                .bucket: "flows", .prefix: "daily/", .endpoint: "http://127.0.0.1:9000", .region: "eu-west-1",
                .accessKey: "{{ blocks.aws.keys.id }}", .secretKey: "{{ secrets.s3 }}",
            ]),
        CodeSource(.gcs, [.bucket: "flows", .object: "a.tar.gz", .credentials: "{{ secrets.gcs }}"]),
    ]

    @Test(arguments: sources)
    func itIsReadAsItWasWritten(source: CodeSource) throws {
        #expect(try CodeSource(json: source.json) == source)
        #expect(source.defects.isEmpty, "\(source.defects)")
        var execution = ExecutionSpec(command: .arguments(["true"]))
        execution.code = source
        #expect(try ExecutionSpec(json: execution.json) == execution)
    }

    @Test(arguments: [
        "{}", #"{"git": {}, "path": "/a"}"#, #"{"image": false}"#, #"{"path": 7}"#, #"{"git": {"url": 7}}"#, #""git""#,
    ])
    func whatIsNoSourceIsRefused(text: String) throws {
        let value = try JSONValue(parsing: text)
        #expect(throws: JSONReadingError.self) { try CodeSource(json: value) }
    }

    @Test(arguments: [
        "https://example.org/a.git", "http://127.0.0.1:8000/a", "ssh://git@example.org:22/a.git",
        "git@example.org:a/b.git",
        "example.org:a.git", "file:///srv/a.git",
    ])
    func repositoriesAreThere(url: String) {
        #expect(CodeSource(.git, [.url: url]).defects.isEmpty)
    }

    /// What git would take for an option, or what would execute a program.
    @Test(arguments: [
        "--upload-pack=touch /tmp/x", "-x", "ext::sh -c 'touch /tmp/x'", "fd::17", "git://example.org/a", "ftp://a/b",
        "ssh://-oProxyCommand=x/a", "git@-oProxyCommand=x:a", "-oProxyCommand=x:a", "ssh://a:b@c/d", "/srv/a.git",
        "file://host/a", "https://", "https://user@example.org/a", "https://a:b@example.org/a", "http://a b/c", "",
        "https://example.org/a\n", "https://{{ secrets.host }}/a",
    ])
    func addressesThatAreNone(url: String) {
        let source = CodeSource(.git, [.url: url])
        #expect(source.defects.map(\.setting) == [.url])
        #expect(source.defectsWhenRendered.count == 1)
    }

    @Test(arguments: [
        "-b", "--upload-pack=x", "a b", "a..b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "/a", "a/", "a//b", ".a",
        "a/.b", "a.lock", "a.", "@", "a@{1}", "", "a\u{7F}",
    ])
    func namesThatGitHasNot(name: String) {
        for setting in [CodeSource.Setting.branch, .tag] {
            #expect(CodeSource(.git, [.url: "https://a/b", setting: name]).defects.map(\.setting) == [setting])
        }
    }

    @Test(arguments: ["main", "feature/a-b_c.1", "v1.0", "ümlaut", "1"])
    func namesThatGitHas(name: String) {
        #expect(CodeSource(.git, [.url: "https://a/b", .branch: name]).defects.isEmpty)
    }

    @Test(
        arguments: [
            (CodeSource(.git), nil, "has no 'url'"),
            (
                CodeSource(.git, [.url: "https://a/b", .branch: "a", .tag: "b"]), .tag,
                "'branch' and 'tag' are alternatives"
            ),
            (CodeSource(.git, [.url: "https://a/b", .commit: "abc"]), .commit, "the whole name of a commit"),
            (CodeSource(.git, [.url: "https://a/b", .commit: commit.uppercased()]), .commit, "lower-case"),
            (CodeSource(.git, [.url: "https://a/b", .folder: "../x"]), .folder, "a folder in the code"),
            (CodeSource(.git, [.url: "https://a/b", .folder: "/x"]), .folder, "a folder in the code"),
            (CodeSource(.git, [.url: "https://a/b", .token: "ghp_123"]), .token, "sluice secret set"),
            (CodeSource(.git, [.url: "https://a/b", .token: "x{{ secrets.a }}"]), .token, "sluice secret set"),
            (CodeSource(.git, [.url: "https://a/b", .token: "{{ parameters.a }}"]), .token, "sluice secret set"),
            (CodeSource(.git, [.url: "git@a:b", .token: "{{ secrets.a }}"]), .url, "is for https"),
            (CodeSource(.archive, [.url: "https://a/b", .sha256: "12"]), .sha256, "sha256sum"),
            (CodeSource(.archive, [.url: "file:///a"]), .url, "begins with https"),
            (CodeSource(.path, [.path: "flows"]), .path, "an absolute path"),
            (CodeSource(.s3, [.bucket: "a"]), nil, "neither 'key' nor 'prefix'"),
            (CodeSource(.s3, [.bucket: "a", .key: "b", .accessKey: "{{ secrets.a }}"]), .accessKey, "go together"),
            (CodeSource(.gcs, [.bucket: "a", .object: "b", .endpoint: "x"]), .endpoint, "begins with https"),
        ] as [(CodeSource, CodeSource.Setting?, String)])
    func whatIsWrongIsSaidOfItsSetting(source: CodeSource, setting: CodeSource.Setting?, words: String) {
        #expect(source.defects.count == 1)
        #expect(source.defects.first?.setting == setting)
        #expect(source.defects.first?.description.contains(words) == true, "\(source.defects)")
    }

    @Test func credentialsAreFilledInAndNothingElse() throws {
        let reference = TemplateReference(.secrets, ["git"])
        let source = CodeSource(.git, [.url: "https://a/b", .token: "{{ secrets.git }}"])
        #expect(source.references == [reference])
        let rendered = try source.rendered(in: TemplateScope(parameters: [:], stored: [reference: "hush"]))
        #expect(rendered[.token] == "hush" && rendered[.url] == "https://a/b")
        #expect(!rendered.description.contains("hush"))
        #expect(throws: UnresolvedReference.self) { try source.rendered(in: TemplateScope(parameters: [:])) }
    }

    @Test func itSaysWhatItIs() {
        #expect(CodeSource(.git, [.url: "https://a/b", .branch: "c"]).description == "git https://a/b, branch c")
        #expect(CodeSource(.image).description == "in the image")
    }
}

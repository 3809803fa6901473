import Bundles
import Domain

/// A git repository. A branch or a tag is looked up for each attempt; a commit has one content for ever, so it is asked for
/// only when it is not known.
struct GitPlace: CodePlace {
    private let source: CodeSource
    private let git: GitProgram
    private let url: String

    init(_ source: CodeSource, git: GitProgram) {
        self.source = source
        self.git = git
        url = source[.url] ?? ""
    }

    private var credential: GitCredential? {
        GitCredential(url: url, user: source[.user], token: source[.token])
    }

    func look(in folder: CodeScratch) async throws -> CodeRevision {
        let commit: String
        if let given = source[.commit] { commit = given } else { commit = try await resolve(in: folder) }
        return CodeRevision(commit, identity: ["git", url, commit, source[.folder] ?? ""])
    }

    private func resolve(in folder: CodeScratch) async throws -> String {
        let names =
            source[.branch].map { ["refs/heads/\($0)"] }
            ?? source[.tag].map { ["refs/tags/\($0)^{}", "refs/tags/\($0)"] } ?? ["HEAD"]
        let said = try await git.run(
            ["ls-remote", "--quiet", "--", url] + names, as: "look", for: url, showing: credential, in: folder,
            timeout: .seconds(120))
        var commits: [String: String] = [:]
        for line in said.split(separator: "\n") {
            let parts = line.split(separator: "\t")
            if parts.count == 2, parts[0].count >= 40, parts[0].allSatisfy(\.isHexDigit) {
                commits[String(parts[1])] = String(parts[0])
            }
        }
        // What an annotated tag stands for comes before the tag itself.
        guard let commit = names.lazy.compactMap({ commits[$0] }).first else { throw missing }
        return commit
    }

    private var missing: CodeFailure {
        if let branch = source[.branch] {
            return CodeFailure("there is no branch '\(branch)' there; push it, or name another")
        }
        if let tag = source[.tag] { return CodeFailure("there is no tag '\(tag)' there; push it, or name another") }
        return CodeFailure("the repository is empty; push something")
    }

    func fetch(_ revision: CodeRevision, into folder: CodeScratch) async throws {
        let commit = revision.text
        let repository = "--git-dir=\(folder.path)/repository"
        _ = try await git.run(
            ["init", "--quiet", "--bare", "\(folder.path)/repository"], as: "init", for: url, in: folder)
        do {
            try await fetch(["--depth", "1", "--", url, commit], repository, folder)
        } catch {
            guard GitComplaint.isOfMissingObject("\(error)") else { throw error }
            // Servers that give out only what they name: all of that.
            let all = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
            try await fetch(["--", url] + all, repository, folder)
        }
        try await require(commit, repository, folder)
        let tree = source[.folder].map { "\(commit):\($0)" } ?? commit
        do {
            _ = try await git.run(
                [repository, "archive", "--format=tar", "-o", folder.archive, tree], as: "archive", for: url, in: folder
            )
        } catch {
            guard let name = source[.folder], "\(error)".lowercased().contains("not a valid object name") else {
                throw error
            }
            throw CodeFailure("there is no folder '\(name)' in the commit \(commit)")
        }
    }

    private func fetch(_ what: [String], _ repository: String, _ folder: CodeScratch) async throws {
        let options = [repository, "fetch", "--quiet", "--no-tags", "--no-recurse-submodules"]
        _ = try await git.run(options + what, as: "fetch", for: url, showing: credential, in: folder)
    }

    private func require(_ commit: String, _ repository: String, _ folder: CodeScratch) async throws {
        do {
            _ = try await git.run(
                [repository, "cat-file", "-e", "\(commit)^{commit}"], as: "check", for: url, in: folder)
        } catch {
            throw CodeFailure("there is no commit \(commit) on a branch or a tag there; push it, or name another")
        }
    }
}

import Glibc
import Synchronization

/// A real HTTP server on a loopback port with the files and the git repositories (`NAME.git`) of a folder, which whoever
/// reads what is below `/private` has to show a token. It remembers what it was asked.
public final class CodeHost: Sendable {
    public static let token = "a-token-of-this-test-0815"

    /// Where the files and repositories are.
    public let folder: String
    public let port: Int
    private let pid: pid_t

    /// - Parameter folder: has to exist.
    public init(in folder: String) throws {
        self.folder = folder
        var pid = pid_t()
        let arguments = ["python3", "-c", Self.program, folder, Self.token]
        var pointers = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        guard posix_spawnp(&pid, "python3", nil, nil, &pointers, environ) == 0 else { throw CodeHostFailure() }
        self.pid = pid
        var port: Int?
        for _ in 0..<3000 where port == nil {
            port = Self.lines(of: "\(folder)/.port").first.flatMap { Int($0) }
            if port == nil { usleep(10_000) }
        }
        guard let port else { throw CodeHostFailure() }
        self.port = port
    }

    deinit {
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
    }

    public var url: String { "http://127.0.0.1:\(port)" }

    /// A line for each request: its method, its path, and `fetch` if git fetched something by it.
    public var requests: [String] { Self.lines(of: "\(folder)/.requests") }

    public func forget() { unlink("\(folder)/.requests") }

    /// Makes a repository with one commit, with these files, on the branch `main`.
    public func makeRepository(_ name: String, _ files: [String: String]) {
        let bare = "\(folder)/\(name).git"
        Self.shell("mkdir -p '\(bare)'; git init -q --bare -b main '\(bare)'; git clone -q '\(bare)' '\(bare)-work'")
        push(to: name, files)
    }

    /// Commits these files and pushes them.
    ///
    /// - Parameter more: what to do in the working tree, as a script, after the commit.
    /// - Returns: the commit.
    @discardableResult
    public func push(to name: String, _ files: [String: String], more: String = "true") -> String {
        let work = "\(folder)/\(name).git-work"
        for (path, text) in files {
            Self.shell("mkdir -p \"$(dirname '\(work)/\(path)')\"")
            guard let file = fopen("\(work)/\(path)", "w") else { continue }
            fputs(text, file)
            fclose(file)
        }
        let author = "-c user.name=tester -c user.email=tester@example.org"
        Self.shell(
            """
            cd '\(work)' && git add -A && git \(author) commit -q -m change && (\(more)) && git push -q origin HEAD:main --tags \
            && git rev-parse HEAD > ../.commit-of-$$ && mv ../.commit-of-$$ '\(folder)/.commit'
            """)
        return Self.lines(of: "\(folder)/.commit").first ?? ""
    }

    /// - Returns: whether it succeeded.
    @discardableResult
    public static func shell(_ script: String) -> Bool { system(script) == 0 }

    private static func lines(of path: String) -> [String] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private static let program = #"""
        import base64, hashlib, http.server, os, subprocess, sys
        root, token = sys.argv[1:3]
        shown = base64.b64encode(("x-access-token:" + token).encode()).decode()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *_): pass
            def do_GET(self):
                path, _, query = self.path.partition("?")
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                fetched = " fetch" if b"command=fetch" in body else ""
                with open(root + "/.requests", "a") as log:
                    log.write(self.command + " " + path + fetched + "\n")
                if path.startswith("/private") and self.headers.get("Authorization") not in (
                        "Bearer " + token, "Basic " + shown):
                    return self.answer(401, b"who is there?", {"WWW-Authenticate": "Basic realm=code"})
                if path.startswith("/elsewhere/"):
                    # Another origin, though the same server: it must not be shown what this one was.
                    place = "http://localhost:%d/%s" % (self.server.server_port, path[len("/elsewhere/"):])
                    return self.answer(302, b"", {"Location": place})
                if ".git/" in path: return self.git(path, query, body)
                try:
                    with open(root + path, "rb") as file: content = file.read()
                except OSError: return self.answer(404, b"no such file")
                tag = '"' + hashlib.md5(content).hexdigest() + '"'
                if self.headers.get("If-None-Match") == tag: return self.answer(304, None, {"ETag": tag})
                self.answer(200, content, {"ETag": tag})
            do_POST = do_GET
            def answer(self, status, body, headers={}):
                self.send_response(status)
                for name, value in headers.items(): self.send_header(name, value)
                if body is not None: self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body or b"")
            def git(self, path, query, body):
                done = subprocess.run(["git", "http-backend"], input=body, stdout=subprocess.PIPE, env=dict(
                    os.environ, GIT_PROJECT_ROOT=root, GIT_HTTP_EXPORT_ALL="1", PATH_INFO=path, QUERY_STRING=query,
                    REQUEST_METHOD=self.command, CONTENT_TYPE=self.headers.get("Content-Type") or "",
                    HTTP_CONTENT_ENCODING=self.headers.get("Content-Encoding") or "",
                    GIT_PROTOCOL=self.headers.get("Git-Protocol") or ""))
                head, _, content = done.stdout.partition(b"\r\n\r\n")
                headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
                self.answer(int(headers.pop("Status", "200").split()[0]), content, headers)

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        with open(root + "/.port.part", "w") as file: file.write(str(server.server_port))
        os.rename(root + "/.port.part", root + "/.port")
        server.serve_forever()
        """#
}

/// The server did not start.
struct CodeHostFailure: Error {}

import Bundles
import Domain
import Glibc

/// Virtual environments, one for each content, made once and shared by runs.
///
/// An environment knows its own path, so it is made in its place; the marker that is written last says that it is
/// whole, and one without the marker is removed and made anew.
actor PythonEnvironments {
    private let directory: String
    private let tools: ToolRunner
    private let environment: [String: String]
    private let making = SharedWork<String, Result<String, PreparationError>>()

    init(directory: String, tools: ToolRunner, environment: [String: String]) {
        self.directory = directory
        self.tools = tools
        self.environment = environment
    }

    /// The environment's directory.
    /// - Parameter willMake: Called when it is not there yet, so that this takes long.
    func environment(
        for wanted: PythonRequirements, willMake: @Sendable () -> Void
    ) async throws(PreparationError) -> String {
        let interpreter = "python" + (wanted.version ?? "3")
        let key = Self.key(wanted, interpreter: ProgramSearch.find(interpreter, in: environment["PATH"]))
        let path = "\(directory)/\(key)"
        if access(Self.marker(path), F_OK) == 0 { return path }
        willMake()
        return try await making.value(of: key) {
            await self.make(key, path, interpreter, wanted.requirements)
        }.get()
    }

    private static func marker(_ path: String) -> String { "\(path)/.complete" }

    /// What makes an environment another one: the requirements, the interpreter and the kind of machine.
    private static func key(_ wanted: PythonRequirements, interpreter: String?) -> String {
        var system = utsname()
        uname(&system)
        let machine = withUnsafeBytes(of: &system.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        var hash = SHA256()
        let parts = [wanted.version ?? "", interpreter ?? "", machine] + wanted.requirements
        hash.update(Array(parts.joined(separator: "\0").utf8))
        return String(hash.digest().description.prefix(32))
    }

    private func make(
        _ key: String, _ path: String, _ interpreter: String, _ requirements: [String]
    ) async -> Result<String, PreparationError> {
        // Somebody else may have made it since it was missed; it is in use then.
        if access(Self.marker(path), F_OK) == 0 { return .success(path) }
        Folder.remove(path)
        do throws(PreparationError) {
            try await run("python-\(key)-venv", [interpreter, "-m", "venv", path], "make a Python environment")
            if !requirements.isEmpty {
                try write(requirements.joined(separator: "\n") + "\n", to: "\(path)/requirements.txt")
                let pip = [
                    "\(path)/bin/python", "-m", "pip", "install", "--disable-pip-version-check", "--no-input",
                    "--progress-bar", "off", "-r", "\(path)/requirements.txt",
                ]
                try await run("python-\(key)-pip", pip, "install the Python requirements")
            }
            try write("", to: Self.marker(path))
            return .success(path)
        } catch {
            Folder.remove(path)
            return .failure(error)
        }
    }

    private func run(_ name: String, _ arguments: [String], _ purpose: String) async throws(PreparationError) {
        let outcome = await tools.run(name, arguments, environment: environment, in: directory)
        guard !outcome.hasSucceeded else { return }
        let how =
            switch outcome.end.cause {
            case .exited(let code): "\(arguments[0]) exited with code \(code)"
            case .timedOut: "\(arguments[0]) took too long"
            default: outcome.end.message ?? "\(arguments[0]) was ended"
            }
        let said = outcome.lastLines.isEmpty ? "" : "\n\(outcome.lastLines)"
        throw .python("could not \(purpose): \(how)\(said)")
    }

    private func write(_ text: String, to path: String) throws(PreparationError) {
        do throws(AgentDataError) { try FileContent.write(text.utf8, to: path) } catch { throw .file(error) }
    }
}

/// Finds programs as a shell does.
enum ProgramSearch {
    /// The file that `name` stands for, without links, so that another interpreter of the same name is another one.
    static func find(_ name: String, in path: String?) -> String? {
        for folder in (path ?? "").split(separator: ":") {
            let file = "\(folder)/\(name)"
            if access(file, X_OK) == 0 { return try? Folder.absolute(file) }
        }
        return nil
    }
}

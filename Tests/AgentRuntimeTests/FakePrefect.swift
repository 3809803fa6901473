import Domain
import Glibc
import JSON
import Testing
import Wire

/// A package that is called Prefect, and whose engine executes the code that a run has for its parameters: enough for
/// the program that executes Prefect's flows, cold and warm.
struct FakePrefect {
    /// A directory for `PYTHONPATH`.
    let path: String

    init(in folder: TemporaryFolder) throws {
        path = "\(folder.path)/site"
        for directory in [path, "\(path)/prefect", "\(path)/prefect/logging"] { mkdir(directory, 0o755) }
        for (name, text) in Self.files { try write(text, to: name) }
    }

    func write(_ text: String, to name: String) throws {
        let file = try #require(fopen("\(path)/prefect/\(name)", "w"))
        fputs(text, file)
        fclose(file)
    }

    /// Engines say first whether Prefect was imported by another process.
    private static let files = [
        "__init__.py": "import os\nimported_by = os.getpid()\n",
        "engine.py": """
        import json, os, sys, prefect
        if __name__ == "__main__":
            print("warm" if prefect.imported_by != os.getpid() else "cold", flush=True)
            exec(json.loads(os.environ["SLUICE_PARAMETERS"])["code"])
        """,
        "context.py": """
        import os
        from types import SimpleNamespace
        def root_settings_context():
            return SimpleNamespace(settings=SimpleNamespace(
                logging=os.environ.get("LEVEL"), internal=SimpleNamespace(logging_level=1),
                credential=os.environ.get("PREFECT_API_AUTH_STRING")))
        GLOBAL_SETTINGS_CONTEXT = root_settings_context()
        """,
        "logging/__init__.py": "",
        "logging/configuration.py": "PROCESS_LOGGING_CONFIG = {}\ndef setup_logging(): pass\n",
    ]
}

extension Assignment {
    /// A run of a flow that is this Python code.
    static func flow(_ key: AttemptKey, _ code: String, _ flow: PrefectFlow = PrefectFlow()) -> Assignment {
        var assignment = Assignment.test(key, [])
        assignment.parameters = JSONValue.object(["code": .string(code)]).serialized()
        assignment.prefectFlow = flow
        return assignment
    }
}

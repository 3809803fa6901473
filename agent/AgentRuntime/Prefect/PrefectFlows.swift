import Domain
import Glibc
import Wire

/// How this agent executes Prefect's flows: with which Python, and by which program, unless their job says otherwise.
struct PrefectFlows: Sendable {
    /// Variables that make a Python do more than it does by itself: none is kept warm with them unless it is asked for.
    private static let meddling = ["LD_PRELOAD", "LD_AUDIT", "COVERAGE_PROCESS_START", "PYTHONINSPECT"]
    /// Variables that belong to one run: a warm Python has none of them.
    private static let ofOneRun = ["SLUICE_", "PREFECT__", "PREFECT_API_AUTH_STRING", "PREFECT_API_KEY"]

    /// The program that executes a flow, written down (see `prefect_flow.py`).
    let program: String
    /// Where a deployment names none.
    let python: String
    let keepsWarm: Bool
    /// The agent's own.
    let environment: [String: String]

    /// Writes the program down, if what is there is another one.
    init(
        program: String, python: String, keepsWarm: Bool, environment: [String: String]
    ) throws(AgentDataError) {
        (self.program, self.python, self.keepsWarm, self.environment) = (program, python, keepsWarm, environment)
        let text = PackageResources.prefect_flow_py
        if (try? FileContent.read(program)) == text { return }
        try FileContent.write(text, to: program + ".new")
        guard rename(program + ".new", program) == 0 else {
            throw .unusable(path: program, reason: systemReason(errno))
        }
    }

    /// The assignment with the variables of this agent in the place of `{{ $NAME }}`.
    func expanded(_ assignment: Assignment) -> Assignment {
        guard assignment.prefectFlow != nil else { return assignment }
        var expanded = assignment
        func expand(_ text: String) -> String { EnvironmentReferences.expand(text, in: environment) }
        expanded.arguments = assignment.arguments.map(expand)
        expanded.environment = assignment.environment.mapValues(expand)
        expanded.workingDirectory = assignment.workingDirectory.map(expand)
        expanded.container = assignment.container.map { EnvironmentReferences.expand($0, in: environment) }
        return expanded
    }

    /// Lets the launch of a Prefect flow execute that, in the Python that it asks for.
    func complete(_ launch: inout ChildLaunch, for flow: PrefectFlow) throws(PreparationError) {
        let wanted = flow.python ?? python
        guard let interpreter = Self.interpreter(wanted, path: launch.environment["PATH"]) else {
            // Nothing of ours is in a command of one's own.
            guard launch.arguments.isEmpty || flow.python != nil else { return }
            throw .python(
                "there is no interpreter \(wanted): give the job variable \"python\", or start the agent with --python")
        }
        Self.enterVirtualEnvironment(of: interpreter, &launch.environment)
        guard launch.arguments.isEmpty else { return }
        launch.arguments = [interpreter, program]
        guard mayBeWarm(flow, launch.environment) else { return }
        launch.warmStart = WarmStart(
            name: "Prefect in \(interpreter)", arguments: [interpreter, program, "zygote"],
            environment: launch.environment.filter { name, _ in !Self.ofOneRun.contains { name.hasPrefix($0) } })
    }

    private func mayBeWarm(_ flow: PrefectFlow, _ environment: [String: String]) -> Bool {
        switch flow.warmStart {
        case .refused: false
        case .wanted: keepsWarm
        case .asUsual: keepsWarm && !Self.meddling.contains { environment[$0] != nil }
        }
    }

    /// The file of an interpreter that is named by its path, by its environment, or as a shell finds it. Links stay: a
    /// virtual environment is known by them.
    private static func interpreter(_ name: String, path: String?) -> String? {
        guard name.contains("/") else {
            let folders = (path ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
            return folders.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
        }
        return ["\(name)/bin/python", name].first { file in
            var information = stat()
            return stat(file, &information) == 0 && information.st_mode & S_IFMT == S_IFREG && access(file, X_OK) == 0
        }
    }

    /// What `activate` does, where the interpreter is that of a virtual environment.
    private static func enterVirtualEnvironment(of interpreter: String, _ variables: inout [String: String]) {
        let folders = interpreter.split(separator: "/", omittingEmptySubsequences: false)
        let root = folders.dropLast(2).joined(separator: "/")
        guard folders.count > 2, access("\(root)/pyvenv.cfg", F_OK) == 0 else { return }
        variables.enterVirtualEnvironment(root)
    }
}

extension [String: String] {
    /// Lets programs find what a virtual environment has before what the system has.
    mutating func enterVirtualEnvironment(_ directory: String) {
        self["VIRTUAL_ENV"] = directory
        self["PATH"] = "\(directory)/bin:\(self["PATH"] ?? "/usr/local/bin:/usr/bin:/bin")"
        self["PYTHONHOME"] = nil
    }
}

import Domain
import Wire

extension Preparer {
    /// What is to be executed in a container: it sees the attempt's directory as `/sluice`, and starts in its code, or
    /// where its image says if no code is shipped. Nothing of the agent's environment reaches it.
    func containerLaunch(
        _ assignment: Assignment, _ spec: ContainerSpec, apiURL: String, code: String?
    ) throws(PreparationError) -> ChildLaunch {
        let inside = ContainerPaths.run
        var arguments = assignment.arguments
        var assignment = assignment
        var mounts: [String] = []
        if let flow = assignment.prefectFlow, arguments.isEmpty {
            arguments = [flow.python ?? "python", ContainerPaths.prefectFlow]
            mounts.append("\(prefect.program):\(ContainerPaths.prefectFlow):ro")
        }
        let variables = environment.variables(
            for: assignment, apiURL: ContainerPaths.apiURL(apiURL, for: spec), in: inside, virtualEnvironment: nil)
        try RunEnvironment.check(arguments: arguments, environment: variables)
        let place = try workingDirectory(of: assignment, spec)
        // An absolute one is the container's: nothing of the kind need be on this host.
        if code == nil { assignment.workingDirectory = nil }
        let directory = try directories.make(for: assignment, code: code)
        _ = try directory.workingDirectory(for: assignment)
        directory.openToAll()
        mounts.append("\(directory.path):\(inside.path)")
        var launch = ChildLaunch(
            name: .attempt(assignment.key), arguments: arguments, environment: variables, directory: directory.path,
            timeout: assignment.timeout, grace: assignment.grace)
        launch.container = ContainerLaunch(spec: spec, mounts: mounts, workingDirectory: place)
        launch.graphicsProcessors = assignment.graphicsProcessors
        return launch
    }

    private func workingDirectory(
        of assignment: Assignment, _ spec: ContainerSpec
    ) throws(PreparationError) -> String? {
        if let own = spec.workingDirectory { return own }
        guard assignment.hasCode else {
            guard assignment.workingDirectory?.hasPrefix("/") ?? true else {
                throw .workingDirectoryNotAbsolute(assignment.workingDirectory ?? "")
            }
            return assignment.workingDirectory
        }
        let work = ContainerPaths.run.work
        return assignment.workingDirectory.map { "\(work)/\($0)" } ?? work
    }
}

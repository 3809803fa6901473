import APIClient
import ArgumentParser
import DeploymentDocument
import JSON

/// A schedule of a deployment as people name it.
struct ScheduleArgument: ParsableArguments {
    @OptionGroup var deployment: DeploymentArgument

    @Argument(help: ArgumentHelp("Its name, or as much of its id as makes it unambiguous.", valueName: "schedule"))
    var name: String

    func find(
        in connection: APIConnection
    ) async throws -> (schedule: ScheduleResource, deployment: DeploymentResource) {
        let found = try await deployment.find(in: connection)
        let schedules = try await connection.schedules(ofDeployment: found.id)
        if let schedule = schedules.first(where: { $0.slug == name }) { return (schedule, found) }
        let matches = schedules.filter { !name.isEmpty && $0.id.hasPrefix(name.lowercased()) }
        guard let schedule = matches.first, matches.count == 1 else {
            throw CommandFailure.failed(
                matches.isEmpty
                    ? "\(found.path) has no schedule '\(name)'"
                        + (schedules.isEmpty
                            ? "; it has none" : NearestName.hint(for: name, among: schedules.map(\.name)))
                    : "several schedules of \(found.path) begin with '\(name)': give more of the id")
        }
        return (schedule, found)
    }

    func setActive(_ isActive: Bool, _ server: ServerOptions) async throws {
        let console = Surroundings.current.console
        let connection = server.connection()
        let found = try await find(in: connection)
        try await connection.change(
            schedule: found.schedule.id, ofDeployment: found.deployment.id, ["active": .bool(isActive)])
        if server.json {
            return try console.print(try await find(in: connection).schedule.json.serialized())
        }
        let what = isActive ? "makes runs" : "is paused: it makes no runs"
        try console.print("The schedule '\(found.schedule.name)' of \(found.deployment.path) \(what).")
    }
}

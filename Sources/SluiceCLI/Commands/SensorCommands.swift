import APIClient
import ArgumentParser
import DeploymentDocument
import Domain
import JSON

/// `sluice sensor`
struct SensorCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sensor", abstract: "Look-outs for objects in stores, which triggers of deployments state.",
        subcommands: [
            ListSensors.self, ShowSensor.self, PauseSensor.self, ResumeSensor.self, DeleteSensor.self,
        ])
}

/// `sluice sensor ls`
struct ListSensors: ListCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List sensors, and how their last looks went.",
        discussion: """
            EXAMPLES
              sluice sensor ls
            """)

    @OptionGroup var server: ServerOptions

    func elements(from connection: APIConnection) async throws -> [SensorResource] {
        try await connection.sensors()
    }

    func messageForNone(_ connection: APIConnection) -> String {
        "No sensors yet. A deployment's document states them: triggers: [{object: {s3: {bucket: NAME, prefix: PATH/}}}]"
    }

    func columns(at now: Timestamp) -> [ListColumn<SensorResource>] {
        [
            ListColumn("SENSOR", narrowest: 8) { Table.Cell($0.name) },
            ListColumn("STATUS") { sensor in
                sensor.error != nil && sensor.isEnabled
                    ? Table.Cell("failing", .red) : .gate(isPaused: !sensor.isEnabled)
            },
            ListColumn("EVERY") { Table.Cell(DurationText.describe($0.every)) },
            ListColumn("OBJECTS", isRight: true) { .count($0.objects) },
            ListColumn("LOOKED") { .time($0.lastLook, at: now) },
            ListColumn("LAST ERROR", narrowest: 8) { Table.Cell($0.error ?? "", .red) },
        ]
    }
}

/// `sluice sensor show`
struct ShowSensor: DetailCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a sensor: where it looks, and what has come of that.",
        discussion: """
            EXAMPLES
              sluice sensor show 'etl/load s3://landing/in/'
            """)

    @OptionGroup var sensor: SensorArgument
    @OptionGroup var server: ServerOptions

    func element(from connection: APIConnection) async throws -> SensorResource {
        try await sensor.find(in: connection)
    }

    func describe(
        _ sensor: SensorResource, in sheet: inout FactSheet, at now: Timestamp, _ connection: APIConnection
    ) async throws {
        sheet.add("Sensor", sensor.name)
        sheet.add("Id", sensor.id)
        sheet.add("Looks at", sensor.url)
        sheet.add("Every", DurationText.describe(sensor.every))
        sheet.add("Existing", sensor.includesExisting ? "what was there at first was told of, too" : "")
        sheet.add(gate: !sensor.isEnabled)
        if let id = sensor.deploymentID {
            let deployment = try await connection.deployments(["deployments": ["id": ["any_": [.string(id)]]]]).first
            sheet.add("Stated by", deployment?.path ?? "a deployment that is gone (\(id))")
        }
        sheet.add("Remembers", "\(HumanAmount.count(sensor.objects)) objects")
        sheet.add("Looked", sensor.lastLook, at: now)
        sheet.add("Next look", sensor.nextLook, at: now)
        if let error = sensor.error {
            sheet.add("Failing", "\(HumanAmount.count(sensor.failures)) times: \(error)", .red)
        }
        sheet.add("Made", sensor.created, at: now)
    }
}

/// `sluice sensor pause`
struct PauseSensor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Let a sensor look no more; what it has seen stays known.",
        discussion: """
            EXAMPLES
              sluice sensor pause 'etl/load s3://landing/in/'
            """)

    @OptionGroup var sensor: SensorArgument
    @OptionGroup var server: ServerOptions

    func run() async throws { try await sensor.setPaused(true, server) }
}

/// `sluice sensor resume`
struct ResumeSensor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let a paused sensor look again, at once.",
        discussion: """
            EXAMPLES
              sluice sensor resume 'etl/load s3://landing/in/'
            """)

    @OptionGroup var sensor: SensorArgument
    @OptionGroup var server: ServerOptions

    func run() async throws { try await sensor.setPaused(false, server) }
}

/// `sluice sensor delete`
struct DeleteSensor: DeleteCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a sensor.",
        discussion: """
            EXAMPLES
              sluice sensor delete 'etl/load s3://landing/in/'
            """, aliases: ["rm"])

    @OptionGroup var sensor: SensorArgument
    @OptionGroup var consent: Consent
    @OptionGroup var server: ServerOptions

    func doomed(_ connection: APIConnection) async throws -> Doomed {
        let found = try await sensor.find(in: connection)
        return Doomed(
            what: "the sensor '\(found.name)'",
            consequences: ["What it has seen is forgotten.", "One that a document states is made again by a deploy."],
            json: found.json
        ) { try await connection.delete(sensor: found.id) }
    }
}

/// A sensor as people name it.
struct SensorArgument: PausableArgument {
    @Argument(help: ArgumentHelp("The sensor, by its name or id.", valueName: "sensor"), completion: .sensors)
    var name: String

    func find(in connection: APIConnection) async throws -> SensorResource {
        let sensors = try await connection.sensors()
        guard let found = sensors.first(where: { $0.name == name || $0.id == name }) else {
            throw CommandFailure.failed(
                "there is no sensor '\(name)'\(NearestName.hint(for: name, among: sensors.map(\.name)))")
        }
        return found
    }

    func pause(_ isPaused: Bool, on connection: APIConnection) async throws -> Paused {
        let changed = try await connection.setEnabled(!isPaused, sensor: try await find(in: connection).id)
        return Paused(what: "The sensor '\(changed.name)'", open: "looking") { changed.json }
    }
}

import Domain
import JSON
import Storage
import StorageSQLite
import Synchronization
import TestSupport
import Testing

@testable import Orchestration

/// What sensors tell of, from looks that are made up.
@Suite struct ObjectWatcherTests {
    /// A store whose objects a test sets.
    private final class FakeStore: ObjectLister {
        struct Failure: Error, CustomStringConvertible { let description: String }

        private let state = Mutex<(objects: [String: String], failure: String?, isComplete: Bool)>(([:], nil, true))
        private let asked = Mutex<[ObjectSource]>([])
        /// Called with each look, before its answer.
        private let meanwhile: @Sendable () async throws -> Void

        init(meanwhile: @escaping @Sendable () async throws -> Void = {}) { self.meanwhile = meanwhile }

        var sources: [ObjectSource] { asked.withLock { $0 } }

        func put(_ key: String, _ revision: String) { state.withLock { $0.objects[key] = revision } }
        func remove(_ key: String) { state.withLock { $0.objects[key] = nil } }
        func fail(_ reason: String?) { state.withLock { $0.failure = reason } }
        func truncate() { state.withLock { $0.isComplete = false } }

        func objects(at source: ObjectSource, limit: Int) async throws -> SeenObjects {
            asked.withLock { $0.append(source) }
            try await meanwhile()
            let state = state.withLock { $0 }
            if let failure = state.failure { throw Failure(description: failure) }
            return SeenObjects(
                state.objects.sorted { $0.key < $1.key }.map {
                    SeenObject(key: $0.key, revision: $0.value, size: 3, changed: nil)
                }, isComplete: state.isComplete)
        }
    }

    /// Keeps nothing of what is written while it fails.
    private final class Faulty: Database {
        struct Fault: Error {}

        let isFailing = Mutex(false)
        private let database: any Database

        init(_ database: any Database) { self.database = database }

        func transaction<Result: Sendable>(
            _ mode: TransactionMode, _ body: @escaping @Sendable (any Connection) throws -> Result
        ) async throws -> Result {
            let isLost = mode == .write && isFailing.withLock { $0 }
            return try await database.transaction(mode) { connection in
                let result = try body(connection)
                if isLost { throw Fault() }
                return result
            }
        }
    }

    private static let source: JSONValue = ["s3": ["bucket": "b", "prefix": "in/"]]

    @discardableResult
    private func watch(
        _ stage: Stage, _ source: JSONValue = source, existing: Bool = false
    ) async throws -> ObjectSensor {
        try await stage.orchestrator.createSensor(
            ObjectSensorRequest(
                name: "landing", source: try ObjectSource(reading: JSONReader(source)), includesExisting: existing))
    }

    /// Lets the time come for the next look, and takes it.
    private func look(_ stage: Stage, _ store: FakeStore) async throws {
        stage.clock.advance(by: .seconds(600))
        _ = try await ObjectWatcher(stage.orchestrator, lister: store).tick(at: stage.clock.time)
    }

    private func told(_ stage: Stage) async throws -> [String] {
        try await stage.events(ObjectSensor.event).map {
            "\($0.payload["key"]?.stringValue ?? "") \($0.payload["revision"]?.stringValue ?? "")"
        }.sorted()
    }

    @Test func whatAppearsIsToldOfOnceForEachKeyAndRevision() async throws {
        let (stage, store) = (try await Stage(), FakeStore())
        store.put("in/old", "1")
        let sensor = try await watch(stage)
        for _ in 0..<2 { try await look(stage, store) }
        #expect(try await told(stage).isEmpty, "what is there at first is no news")
        store.put("in/new", "1")
        for _ in 0..<2 { try await look(stage, store) }
        #expect(try await told(stage) == ["in/new 1"])
        store.put("in/old", "2")
        store.remove("in/new")
        for _ in 0..<2 { try await look(stage, store) }
        #expect(try await told(stage) == ["in/new 1", "in/old 2"])
        store.put("in/new", "1")
        try await look(stage, store)
        #expect(try await told(stage) == ["in/new 1", "in/new 1", "in/old 2"], "what was gone has appeared again")
        let event = try #require(try await stage.events(ObjectSensor.event).first)
        #expect(event.resource.labels["prefect.resource.id"] == "sluice.object.b/in/new")
        #expect(event.resource.labels["sluice.sensor"] == "landing")
        #expect(event.payload["url"] == "s3://b/in/new" && event.payload["size"] == 3)
        #expect(event.related.first?.labels["prefect.resource.id"] == .string(sensor.resourceID))
        #expect(try await stage.orchestrator.sensor(sensor.id).sight.objects == 2)
    }

    @Test func whatIsThereAtFirstIsNewsIfThatIsWanted() async throws {
        let (stage, store) = (try await Stage(), FakeStore())
        for number in 0..<1201 { store.put("in/\(number)", "1") }
        try await watch(stage, existing: true)
        for _ in 0..<2 { try await look(stage, store) }
        let remembered = try await stage.orchestrator.database.read { store in
            try store.count(in: .sensor, .always)
        }
        #expect(remembered == 1)
        var filter = EventFilter()
        filter.name.names = [ObjectSensor.event]
        #expect(try await stage.orchestrator.events(filter, limit: 200).total == 1201)
    }

    @Test func aTriggerStartsARunForEach() async throws {
        let (stage, store) = (try await Stage(), FakeStore())
        let deployment = try await stage.deploy()
        try await watch(stage)
        try await look(stage, store)
        try await stage.automate(
            ["expect": [.string(ObjectSensor.event)], "match": ["sluice.sensor": "landing"]],
            [
                [
                    "type": "run-deployment", "source": "selected", "deployment_id": deployment.id.json,
                    "parameters": ["key": "{{ event.payload.key }}", "size": "{{ event.payload.size }}"],
                ]
            ])
        for name in ["a", "b"] { store.put("in/\(name)", "1") }
        try await look(stage, store)
        _ = try await stage.runner().tick(at: stage.clock.time)
        let runs = try await stage.orchestrator.database.read { try $0.runs(Query(order: "run.id", limit: 10)) }
        #expect(Set(runs.map { $0.parameters["key"] }) == ["in/a", "in/b"])
        #expect(runs.allSatisfy { $0.parameters["size"] == 3 })
    }

    @Test func aFailingLookIsToldOfWithoutItsSecret() async throws {
        let (stage, store) = (try await Stage(), FakeStore())
        let keys: JSONObject = ["bucket": "b", "access_key": "A", "secret_key": "{{ secrets.key }}"]
        let sensor = try await watch(stage, ["s3": .object(keys)])
        try await look(stage, store)
        let unknown = try await stage.orchestrator.sensor(sensor.id).sight
        #expect(unknown.failures == 1 && unknown.error?.contains("sluice secret set key") == true)
        #expect(store.sources.isEmpty, "nobody is asked without the key")
        try await StoredReferenceTests().keep("hush-hush", as: "key", on: stage)
        store.fail("the key hush-hush is wrong")
        for _ in 0..<3 { try await look(stage, store) }
        let failing = try await stage.orchestrator.sensor(sensor.id)
        #expect(failing.sight.failures == 4 && failing.sight.error == "the key ******** is wrong")
        #expect(!"\(failing.json)".contains("hush"))
        #expect(store.sources.allSatisfy { $0.secretKey == "hush-hush" } && store.sources.count == 3)
        #expect(try await stage.events("sluice.sensor.failed").count == 1, "of one trouble it is told once")
        store.fail(nil)
        try await look(stage, store)
        let mended = try await stage.orchestrator.sensor(sensor.id).sight
        #expect(mended.failures == 0 && mended.error == nil && mended.isPrimed)
    }

    @Test func moreThanCanBeRememberedIsATrouble() async throws {
        let (stage, store) = (try await Stage(), FakeStore())
        store.truncate()
        let sensor = try await watch(stage)
        try await look(stage, store)
        let error = try await stage.orchestrator.sensor(sensor.id).sight.error ?? ""
        #expect(error.contains("10000 objects at s3://b/in/") && error.contains("longer prefix"), "\(error)")
    }

    /// The server ends between the look and its being noted: then nothing is told, and the next look tells all.
    @Test func whatIsNotNotedIsNotTold() async throws {
        let database = Faulty(try SQLiteDatabase(inMemory: .main))
        let (stage, store) = (try await Stage(database: database), FakeStore())
        try await watch(stage)
        try await look(stage, store)
        store.put("in/a", "1")
        database.isFailing.withLock { $0 = true }
        await #expect(throws: (any Error).self) { try await look(stage, store) }
        database.isFailing.withLock { $0 = false }
        #expect(try await told(stage).isEmpty)
        for _ in 0..<2 { try await look(stage, store) }
        #expect(try await told(stage) == ["in/a 1"])
    }

    @Test func whatIsSeenWhileTheSensorIsPausedCountsForNothing() async throws {
        let stage = try await Stage()
        let sensor = try await watch(stage)
        let store = FakeStore { [orchestrator = stage.orchestrator] in
            _ = try await orchestrator.setEnabled(false, sensor: sensor.id)
        }
        store.put("in/a", "1")
        try await look(stage, store)
        let paused = try await stage.orchestrator.sensor(sensor.id)
        #expect(!paused.isEnabled && paused.sight.next == nil && !paused.sight.isPrimed)
        try await look(stage, store)
        #expect(store.sources.count == 1, "a paused sensor does not look")
        _ = try await stage.orchestrator.setEnabled(true, sensor: sensor.id)
        #expect(try await stage.orchestrator.sensor(sensor.id).sight.next == stage.clock.time)
    }

    @Test func deploymentsSensorsAreWhatTheirDocumentStates() async throws {
        let (stage, store) = (try await Stage(), FakeStore())
        let source = try ObjectSource(reading: JSONReader(Self.source))
        let wanted = ObjectSensorRequest(name: "mine", source: source)
        let deployment = try await stage.deploy { $0.sensors = [wanted] }
        let made = try #require(try await stage.orchestrator.sensors(of: deployment.id).first)
        try await look(stage, store)
        try await stage.deploy { $0.sensors = [wanted] }
        #expect(try await stage.orchestrator.sensors(of: deployment.id).first?.id == made.id)
        #expect(try await stage.orchestrator.sensor(made.id).sight.isPrimed, "it was left as it is")
        try await stage.deploy()
        #expect(try await stage.orchestrator.sensors(of: deployment.id).count == 1, "nothing was said of it")
        var other = wanted
        other.name = "other"
        try await stage.deploy { $0.sensors = [other] }
        #expect(try await stage.orchestrator.sensors(of: deployment.id).map(\.name) == ["other"])
        await #expect(throws: OrchestrationError.self) { try await stage.deploy("second") { $0.sensors = [other] } }
        try await stage.orchestrator.deleteDeployment(deployment.id)
        #expect(try await stage.orchestrator.database.read { try $0.count(in: .sensor, .always) } == 0)
    }
}

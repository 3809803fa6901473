import Domain
import JSON
import TestSupport
import Testing

@Suite struct ObjectSensorTests {
    private static let reference = "{{ secrets.key }}"

    @Test(
        arguments: [
            ["s3": ["bucket": "b", "prefix": "in/"]], ["s3": ["bucket": "b", "key": "done"]], ["s3": ["bucket": "b"]],
            [
                "s3": [
                    "bucket": "b", "prefix": "", "endpoint": "http://minio:9000", "region": "eu-west-1",
                    "access_key": "AKID", "secret_key": "{{ secrets.key }}", "session_token": "{{ secrets.token }}",
                    "allow_private_urls": false,
                ]
            ],
            ["gcs": ["bucket": "b", "credentials": "{{ blocks.gcp-credentials.mine.service_account_info }}"]],
            ["gcs": ["bucket": "b", "access_key": "GOOG", "secret_key": "{{ secrets.key }}"]],
        ] as [JSONValue])
    func sourcesAreReadAndWritten(_ json: JSONValue) throws {
        let source = try ObjectSource(reading: JSONReader(json))
        #expect(try ObjectSource(reading: JSONReader(source.json)) == source)
        let request = ObjectSensorRequest(name: "n", source: source, every: .seconds(7), includesExisting: true)
        #expect(try ObjectSensorRequest(reading: JSONReader(request.json)) == request)
        var sensor = Self.sensor(source)
        for _ in 0..<2 {
            #expect(try ObjectSensor(stored: JSONReader(sensor.json)) == sensor)
            sensor = sensor.failed(at: .sample, because: "of that")
        }
    }

    @Test(
        arguments: [
            ([:], "'s3' or 'gcs'"), (["s3": ["bucket": "b"], "gcs": ["bucket": "b"]], "'s3' or 'gcs'"),
            (["s3": [:]], "required"), (["s3": ["bucket": "b", "prefix": "a", "key": "b"]], "either 'prefix'"),
            (["s3": ["bucket": "b", "key": ""]], "either 'prefix'"),
            (["s3": ["bucket": "b", "credentials": "x"]], "not permitted"),
            (["gcs": ["bucket": "b", "region": "x"]], "not permitted"),
            (["s3": ["bucket": "b", "access_key": "a", "secret_key": "literal"]], "sluice secret set"),
            (["s3": ["bucket": "b", "access_key": "a", "secret_key": "{{ variables.x }}"]], "sluice secret set"),
            (["gcs": ["bucket": "b", "credentials": "{\"type\": \"service_account\"}"]], "sluice secret set"),
            (["s3": ["bucket": "b", "access_key": "a"]], "go together"),
            (["s3": ["bucket": "b", "secret_key": "{{ secrets.key }}"]], "go together"),
        ] as [(JSONValue, String)])
    func sourcesThatAreNoneAreRefused(_ json: JSONValue, _ words: String) {
        let error = #expect(throws: JSONReadingError.self) { try ObjectSource(reading: JSONReader(json)) }
        #expect("\(error.map { "\($0)" } ?? "")".contains(words), "\(String(describing: error))")
    }

    @Test func keysTakeThePlacesOfWhatStandsForThem() throws {
        let json: JSONValue = [
            "s3": ["bucket": "{{ secrets.key }}", "access_key": "A", "secret_key": "{{ secrets.key }}"]
        ]
        let source = try ObjectSource(reading: JSONReader(json))
        let key = TemplateReference(.secrets, ["key"])
        #expect(source.references == [key])
        let rendered = try source.rendered(in: TemplateScope(parameters: [:], stored: [key: "hush"]))
        #expect(rendered.secretKey == "hush" && rendered.accessKey == "A")
        #expect(rendered.bucket == "{{ secrets.key }}", "a bucket is what it is")
        #expect(throws: UnresolvedReference.self) { try source.rendered(in: TemplateScope(parameters: [:])) }
    }

    /// Whatever is there and whatever is remembered: what follows is remembering just what is there.
    @Test(arguments: 1...50) func differencesAreWhatIsMissing(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var remembered: [String: String] = [:]
        for _ in 0..<20 {
            var seen: [SeenObject] = []
            for number in 0..<8 where Bool.random(using: &generator) {
                let revision = "\(Int.random(in: 0..<3, using: &generator))"
                let time = Int64.random(in: 0..<3, using: &generator)
                seen.append(
                    SeenObject(
                        key: "k\(number)", revision: revision, size: 0,
                        changed: time == 0 ? nil : Timestamp(microseconds: time)))
            }
            let difference = ObjectSensor.difference(of: seen, from: remembered)
            #expect(difference.appeared.allSatisfy { remembered[$0.key] != $0.revision })
            for object in difference.appeared { remembered[object.key] = object.revision }
            for key in difference.gone { #expect(remembered.removeValue(forKey: key) != nil) }
            #expect(remembered == Dictionary(uniqueKeysWithValues: seen.map { ($0.key, $0.revision) }))
            let times = difference.appeared.map { $0.changed ?? .distantFuture }
            #expect(times == times.sorted())
        }
    }

    @Test func failuresMakeThePausesLonger() throws {
        var sensor = Self.sensor(try ObjectSource(reading: JSONReader(["s3": ["bucket": "b"]])))
        var pauses: [Int64] = []
        for _ in 0..<70 {
            sensor = sensor.failed(at: .sample, because: "no answer")
            pauses.append((try #require(sensor.sight.next) - .sample).components.seconds)
        }
        #expect(pauses.prefix(7) == [60, 120, 240, 480, 600, 600, 600] && pauses.last == 600)
        #expect(sensor.sight.failures == 70 && sensor.sight.error == "no answer")
        let looked = sensor.looked(at: .sample, objects: 3)
        #expect(looked.sight.failures == 0 && looked.sight.error == nil && looked.sight.objects == 3)
        #expect(looked.sight.next == .sample + .seconds(30) && looked.sight.isPrimed)
        sensor.every = .seconds(3600)
        #expect(sensor.failed(at: .sample, because: "").sight.next == .sample + .seconds(3600))
    }

    @Test func anotherSourceIsLookedAtAnew() throws {
        let sensor = Self.sensor(try ObjectSource(reading: JSONReader(["s3": ["bucket": "b"]])))
            .looked(at: .sample, objects: 3)
        #expect(sensor.looking(at: sensor.source, from: .sample).sight.isPrimed)
        let other = try ObjectSource(reading: JSONReader(["s3": ["bucket": "c"]]))
        let elsewhere = sensor.looking(at: other, from: .sample)
        #expect(!elsewhere.sight.isPrimed && elsewhere.sight.next == .sample)
    }

    private static func sensor(_ source: ObjectSource) -> ObjectSensor {
        var generator = SeededGenerator(seed: 1)
        return ObjectSensor(
            id: ID(at: .sample, from: &generator), name: "n", source: source, every: .seconds(30),
            includesExisting: false, created: .sample, updated: .sample, sight: ObjectSensor.Sight(next: .sample))
    }
}

extension Timestamp {
    /// 2026-01-02T03:04:05Z
    fileprivate static let sample = Timestamp(microseconds: 1_767_323_045_000_000)
}

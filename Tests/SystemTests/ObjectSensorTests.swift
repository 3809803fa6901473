import Glibc
import HTTPClient
import JSON
import TestSupport
import Testing

/// Objects that appear in a bucket (moto's) start runs, with the real programs.
@Suite(.timeLimit(.minutes(5))) struct ObjectSensorTests {
    private let http = HTTPSession()

    private func put(_ path: String, _ content: String, in stores: ObjectStores) async throws {
        let keys = AWSSignature(accessKey: stores.accessKey, secretKey: stores.secretKey, region: "us-east-1")
        let response = try await http.send(
            HTTPRequest(.put, "\(stores.s3)/\(path)", authorization: .awsV4(keys), body: .text(content)))
        try #require(response.isSuccess, "\(response.text)")
    }

    /// What the sensor of the deployment has come to.
    private func sensor(_ place: Installation) async throws -> JSONValue? {
        try await place.json("sensor", "ls").arrayValue?.first
    }

    @Test func eachObjectStartsOneRunThoughTheServerIsKilled() async throws {
        let stores = try ObjectStores.shared()
        try await put("landing", "", in: stores)
        try await put("landing/in/before", "x", in: stores)
        let place = try Installation()
        var server = try await place.startServer()
        _ = try place.startAgent()
        let done = try await deploy(place, stores)
        let keys = (0..<6).map { "in/a b+\($0)" }
        for (number, key) in keys.enumerated() {
            let path = key.replacing(" ", with: "%20").replacing("+", with: "%2B")
            try await put("landing/\(path)", String(repeating: "x", count: number + 1), in: stores)
            guard number % 2 == 1 else { continue }
            server.signal(SIGKILL)
            try await server.wait()
            server = try await place.startServer()
        }
        _ = try await eventually("the runs") {
            contents(of: done).split(separator: "\n").count >= keys.count ? true : nil
        }
        // Nothing may follow after another look.
        let looked = try await sensor(place)?["last_look"]?.stringValue ?? ""
        _ = try await eventually("another look") {
            try await sensor(place)?["last_look"]?.stringValue ?? "" > looked ? true : nil
        }
        let parameters = try contents(of: done).split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        #expect(parameters.map { $0["key"]?.stringValue ?? "" }.sorted() == keys, "each once, and none that was there")
        #expect(Set(parameters.compactMap { $0["size"]?.intValue }) == Set(1...6))
        let told = try await place.sluice("event", "ls", "--name", "sluice.object.appeared")
        #expect(told.output.contains("landing/in/a b+0"), "\(told.output)")
        #expect(!server.errors.contains(stores.secretKey))
    }

    /// A deployment that notes what it is started with, after the first look of its sensor.
    ///
    /// - Returns: the file in which it notes that.
    private func deploy(_ place: Installation, _ stores: ObjectStores) async throws -> String {
        try #require(try await place.sluice("secret", "set", "s3-key", input: stores.secretKey).status == 0)
        let done = "\(place.sandbox.path)/done"
        try await place.deploy(
            "load", script: "echo \"$SLUICE_PARAMETERS\" >> '\(done)'\n",
            """
            parameters: {key: string, size: integer}
            triggers:
              - object:
                  s3: {bucket: landing, prefix: in/, endpoint: '\(stores.s3)', access_key: \(stores.accessKey),
                       secret_key: "{{ secrets.s3-key }}"}
                  every: 5s
                parameters: {key: "{{ event.payload.key }}", size: "{{ event.payload.size }}"}
            """)
        _ = try await eventually("the first look") {
            try await sensor(place)?["is_primed"] == true ? true : nil
        }
        return done
    }

    /// Google's language, and what is there at first.
    @Test func objectsAtGooglesStartRuns() async throws {
        let stores = try ObjectStores.shared()
        for (path, type, body) in [
            ("/storage/v1/b", "application/json", #"{"name": "inbox"}"#),
            ("/upload/storage/v1/b/inbox/o?uploadType=media&name=a%2Fb", "text/plain", "content"),
        ] {
            let headers: HTTPHeaders = ["Content-Type": type]
            let response = try await http.send(
                HTTPRequest(.post, stores.google + path, headers: headers, body: .text(body)))
            try #require(response.isSuccess, "\(response.text)")
        }
        let place = try Installation()
        _ = try await place.startServer()
        _ = try place.startAgent()
        let done = "\(place.sandbox.path)/done"
        try await place.deploy(
            "load", script: "echo \"$SLUICE_PARAMETERS\" >> '\(done)'\n",
            """
            parameters: {url: string}
            triggers:
              - object: {gcs: {bucket: inbox, key: a/b, endpoint: '\(stores.google)'}, existing: true}
                parameters: {url: "{{ event.payload.url }}"}
            """)
        let line = try await eventually("the run") {
            contents(of: done).split(separator: "\n").first.map(String.init)
        }
        #expect(try JSONValue(parsing: line)["url"] == "gs://inbox/a/b")
    }

    @Test func aSensorThatCannotLookSaysWhy() async throws {
        let stores = try ObjectStores.shared()
        let place = try Installation()
        _ = try await place.startServer()
        _ = try await place.sluice("secret", "set", "s3-key", input: "not-the-key")
        try await place.deploy(
            "load", script: "true\n",
            """
            triggers:
              - object: {s3: {bucket: landing, endpoint: '\(stores.s3)', access_key: \(stores.accessKey),
                              secret_key: "{{ secrets.s3-key }}"}}
            """)
        let failing = try await eventually("the failing look") {
            let sensor = try await sensor(place)
            return sensor?["error"]?.stringValue == nil ? nil : sensor
        }
        let error = failing["error"]?.stringValue ?? ""
        #expect(error.contains("s3://landing at \(stores.s3) may not be read") && error.contains("check the keys"))
        #expect(!error.contains("not-the-key"))
        let list = try await place.sluice("sensor", "ls")
        #expect(list.output.contains("failing"), "\(list.output)")
    }
}

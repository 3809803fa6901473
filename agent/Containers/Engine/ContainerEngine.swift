import HTTPClient
public import JSON

/// What differs between engines that speak the same.
enum EngineKind: Sendable, Hashable {
    case docker, podman
}

/// An engine that makes containers, Docker or Podman alike, by version 1.40 of the Docker Engine API, which both speak.
public struct ContainerEngine: Sendable {
    public let address: EngineAddress
    private let session = HTTPSession(userAgent: "sluice-agent")

    public init(_ address: EngineAddress) {
        self.address = address
    }

    /// What it is, for people: `Podman Engine 4.3.1`.
    public func version() async throws(EngineError) -> String {
        let answer = try await json(.get, "/version", to: "say its version", within: .seconds(5))
        let component = answer["Components"]?[0]
        let name = component?["Name"]?.stringValue ?? "Docker"
        let version = component?["Version"]?.stringValue ?? answer["Version"]?.stringValue ?? ""
        return version.isEmpty ? name : "\(name) \(version)"
    }

    /// Whose it is.
    func kind() async throws(EngineError) -> EngineKind {
        try await version().contains("Podman") ? .podman : .docker
    }

    // MARK: Containers

    /// - Returns: its id.
    /// - Throws: `EngineError.refused` with status 404 when there is no such image, 409 when the name is taken.
    public func create(name: String, _ body: JSONObject) async throws(EngineError) -> String {
        let path = "/containers/create?name=\(Self.encoded(name))"
        let answer = try await json(.post, path, body: .object(body), to: "make the container")
        guard let id = answer["Id"]?.stringValue else { throw .unreadable(what: "a container without an id") }
        return id
    }

    /// Has its program begin.
    public func start(_ id: String) async throws(EngineError) {
        try await send(.post, "/containers/\(id)/start", to: "start the container")
    }

    /// Puts it into one more network.
    public func connect(_ id: String, to network: String) async throws(EngineError) {
        let path = "/networks/\(Self.encoded(network))/connect"
        let response = try await ask(.post, path, body: ["Container": .string(id)])
        try Self.check(response, to: "connect the container to the network \(network)")
    }

    /// What the container writes, from now on, in the engine's frames.
    public func attach(_ id: String) async throws(EngineError) -> HTTPStream {
        try await stream(
            .post, "/containers/\(id)/attach?stream=1&stdout=1&stderr=1", to: "follow the container's output")
    }

    /// Waits until it does not run.
    public func wait(_ id: String) async throws(EngineError) -> Int {
        let answer = try await json(
            .post, "/containers/\(id)/wait?condition=not-running", to: "wait for the container", within: nil)
        guard let status = answer["StatusCode"]?.intValue else { throw .unreadable(what: "an end without a status") }
        return status
    }

    /// What the engine calls its `State`.
    public func state(_ id: String) async throws(EngineError) -> JSONValue {
        try await json(.get, "/containers/\(id)/json", to: "describe the container")["State"] ?? .null
    }

    /// One that does not run is left as it is.
    public func kill(_ id: String, signal: String) async throws(EngineError) {
        try await send(
            .post, "/containers/\(id)/kill?signal=\(signal)", to: "send \(signal)", tolerating: [404, 409, 500])
    }

    /// Ends it if need be, and removes it with the volumes that have no name. One that is gone already is well, too.
    public func remove(_ id: String) async throws(EngineError) {
        try await send(
            .delete, "/containers/\(id)?force=true&v=true", to: "remove the container", tolerating: [404, 409])
    }

    /// The containers with this label, whether they run or not: their ids and all their labels.
    public func containers(label: String) async throws(EngineError) -> [(id: String, labels: [String: String])] {
        let filters = JSONValue.object(["label": [.string(label)]]).serialized()
        let answer = try await json(
            .get, "/containers/json?all=true&filters=\(Self.encoded(filters))", to: "list containers")
        return (answer.arrayValue ?? []).compactMap { container in
            guard let id = container["Id"]?.stringValue else { return nil }
            let labels = (container["Labels"]?.objectValue ?? [:]).compactMap { key, value in
                value.stringValue.map { (key, $0) }
            }
            return (id, Dictionary(labels) { first, _ in first })
        }
    }

    /// What it uses at the moment.
    public func statistics(_ id: String) async throws(EngineError) -> JSONValue {
        try await json(.get, "/containers/\(id)/stats?stream=false&one-shot=true", to: "say what the container uses")
    }

    // MARK: Images

    /// Whether it need not be fetched.
    public func hasImage(_ image: String) async throws(EngineError) -> Bool {
        let response = try await ask(.get, "/images/\(Self.encoded(image))/json")
        if response.status == 404 { return false }
        try Self.check(response, to: "look for the image \(image)")
        return true
    }

    /// Fetches an image.
    ///
    /// - Parameters:
    ///   - login: of a deployment.
    ///   - file: where logins are written down, for images that no deployment has one for.
    /// - Throws: `EngineError.pullRefused` when the registry does not give it to whoever asks; `pullFailed` for all else.
    public func pull(
        _ image: String, as login: RegistryLogin? = nil, or file: RegistryFile? = nil
    ) async throws(EngineError) {
        let name = ImageName(image)
        let login = login ?? file?.login(for: name)
        var headers: [String: String] = [:]
        if let login { headers["X-Registry-Auth"] = login.header(for: name.registry) }
        let path = "/images/create?fromImage=\(Self.encoded(name.tagged))"
        let response = try await ask(.post, path, within: nil, headers: headers)
        guard let reason = Self.failure(of: response) else { return }
        guard PullRefusal.isMeant(by: reason) else { throw .pullFailed(image: image, reason: reason) }
        throw .pullRefused(
            PullRefusal(
                image: image, registry: name.registry, login: login, helper: file?.helper(for: name), reason: reason))
    }

    /// The answer is a line of JSON for each step; a failure may come with a success's status.
    private static func failure(of response: HTTPResponse) -> String? {
        guard response.isSuccess else { return message(response) }
        for line in response.text.split(whereSeparator: \.isNewline) {
            if let reason = (try? JSONValue(parsing: String(line)))?["error"]?.stringValue { return reason }
        }
        return nil
    }

    // MARK: Asking

    private func json(
        _ method: HTTPMethod, _ path: String, body: JSONValue? = nil, to what: String,
        within limit: Duration? = .seconds(60)
    ) async throws(EngineError) -> JSONValue {
        let response = try await ask(method, path, body: body, within: limit)
        try Self.check(response, to: what)
        guard let value = try? JSONValue(parsing: response.body) else { throw .unreadable(what: what) }
        return value
    }

    private func send(
        _ method: HTTPMethod, _ path: String, to what: String, tolerating: [Int] = []
    ) async throws(EngineError) {
        let response = try await ask(method, path)
        // 304: it is so already.
        guard response.status != 304, !tolerating.contains(response.status) else { return }
        try Self.check(response, to: what)
    }

    private func ask(
        _ method: HTTPMethod, _ path: String, body: JSONValue? = nil, within limit: Duration? = .seconds(60),
        headers: [String: String] = [:]
    ) async throws(EngineError) -> HTTPResponse {
        var request = request(method, path, body, limit)
        for (name, value) in headers { request.headers[name] = value }
        do throws(HTTPClientError) {
            return try await session.send(request)
        } catch {
            throw .unreachable(socket: address.socket, reason: "\(error)")
        }
    }

    private func stream(_ method: HTTPMethod, _ path: String, to what: String) async throws(EngineError) -> HTTPStream {
        let stream: HTTPStream
        do throws(HTTPClientError) {
            stream = try await session.stream(request(method, path, nil, nil))
        } catch {
            throw .unreachable(socket: address.socket, reason: "\(error)")
        }
        guard !stream.head.isSuccess else { return stream }
        // Engines have more to say after it, on a connection that they take for a stream: what there is will do.
        var pieces = stream.makeAsyncIterator()
        let body = (try? await pieces.next()) ?? []
        throw .refused(what: what, status: stream.status, message: Self.message(body))
    }

    private func request(
        _ method: HTTPMethod, _ path: String, _ body: JSONValue?, _ limit: Duration?
    ) -> HTTPRequest {
        var request = HTTPRequest(
            method, "http://localhost/v1.40\(path)",
            timeouts: HTTPTimeouts(connect: .seconds(5), total: limit, idle: nil))
        request.unixSocket = address.socket
        if let body {
            request.headers["Content-Type"] = "application/json"
            request.body = .text(body.serialized())
        }
        return request
    }

    private static func check(_ response: HTTPResponse, to what: String) throws(EngineError) {
        guard response.isSuccess else {
            throw .refused(what: what, status: response.status, message: message(response))
        }
    }

    private static func message(_ response: HTTPResponse) -> String { message(response.body) }

    private static func message(_ body: [UInt8]) -> String {
        let text = String(decoding: body, as: UTF8.self)
        // Behind the object there may be more.
        let object = text.prefix(through: text.lastIndex(of: "}") ?? text.startIndex)
        return (try? JSONValue(parsing: String(object)))?["message"]?.stringValue ?? text
    }

    private static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            let character = Character(Unicode.Scalar(byte))
            if character.isASCII, character.isLetter || character.isNumber || "-_.~".contains(character) {
                result.append(character)
            } else {
                result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return result
    }
}

import Hummingbird
import JSON
import NIOCore
import Synchronization

/// What all the others do: `/api/openapi.json`.
struct DescriptionController: Controller {
    private let routesOfOthers: [Route]
    private let version: String
    private let document = Document()

    /// - Parameter routes: those that are described, beside its own.
    init(of routes: [Route], version: String) {
        routesOfOthers = routes
        self.version = version
    }

    var routes: [Route] {
        [.get("/openapi.json", read).does("Read this description of the API: OpenAPI 3.1", .ok(.map))]
    }

    private func read(_ call: Call) async throws -> Response {
        let bytes = document.bytes { APIDescription(of: routesOfOthers + routes, version: version).document }
        return Response(
            status: .ok, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: bytes))
    }
}

/// The document as it is sent: made when somebody asks for it, and only once.
private final class Document: Sendable {
    private let made = Mutex<ByteBuffer?>(nil)

    func bytes(_ make: () -> JSONValue) -> ByteBuffer {
        made.withLock { made in
            if let made { return made }
            let bytes = ByteBuffer(bytes: make().serializedBytes())
            made = bytes
            return bytes
        }
    }
}

import Bundles
import Domain
import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import Orchestration

/// The code of deployments, by its digest.
struct BundlesController: Controller {
    /// Bytes that are read from disk and sent at once.
    private static let chunk = 256 << 10

    let orchestrator: Orchestrator

    /// HEAD is answered as GET is.
    var routes: [Route] {
        [
            .get("/bundles/{digest}", download)
                .does(
                    "Download the code of a deployment", path: ["digest": .digest],
                    .sends(.bytes("application/octet-stream")), .invalid),
            .put("/bundles/{digest}", upload)
                .does(
                    "Upload the code of a deployment", takes: .bytes("application/octet-stream"),
                    path: ["digest": .digest], .created(.bundle), .ok(.bundle)),
        ]
    }

    private func upload(_ call: Call) async throws -> Response {
        guard [nil, "application/octet-stream"].contains(call.mediaType) else {
            throw Problem(.unsupportedMediaType, "a bundle is sent with \"Content-Type: application/octet-stream\"")
        }
        let digest = try digest(call)
        let (bundle, isNew) = try await orchestrator.upload(BodyChunks(call.request), digest: digest)
        return .json(["digest": .string(bundle.digest), "size": bundle.size.json], isNew ? .created : .ok)
    }

    private func download(_ call: Call) async throws -> Response {
        let digest = try digest(call)
        let store = orchestrator.bundles
        let (first, total) = try store.read(digest, offset: 0, length: Self.chunk)
        let body = ResponseBody(contentLength: Int(total)) { writer in
            var (bytes, offset) = (first, UInt64(0))
            while !bytes.isEmpty {
                try await writer.write(ByteBuffer(bytes: bytes))
                offset += UInt64(bytes.count)
                bytes = try store.read(digest, offset: offset, length: Self.chunk).bytes
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "application/octet-stream"], body: body)
    }

    private func digest(_ call: Call) throws -> BundleDigest {
        let text = try call.name("digest")
        guard let digest = BundleDigest(text) else {
            throw Problem.invalid(
                "\"\(text)\" is no digest: 64 lower-case hexadecimal digits, the SHA-256 of the bundle")
        }
        return digest
    }
}

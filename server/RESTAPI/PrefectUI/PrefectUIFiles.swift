import Dispatch
import HTTPTypes
import Hummingbird
import JSON
import NIOCore

/// Answers browsers that ask for Prefect's user interface: its files, and its first page at every other path, since the
/// interface finds its way by itself.
struct PrefectUIFiles: RouterMiddleware {
    typealias Context = RESTContext

    private static let cookie = "prefect_ui_version"

    let ui: PrefectUI
    let table: RouteTable
    let configuration: RESTConfiguration

    func handle(
        _ request: Request, context: RESTContext, next: (Request, RESTContext) async throws -> Response
    ) async throws -> Response {
        let path = request.uri.path
        guard [.get, .head].contains(request.method), !path.hasPrefix("/api/"), path != "/api" else {
            return try await next(request, context)
        }
        if path == "/ui-settings" { return .json(settings(request)) }
        guard table.methods(of: path).isEmpty, let (bundle, rest) = ui.bundle(at: path) else {
            return try await next(request, context)
        }
        if rest == "/", let elsewhere = preferred(by: request, insteadOf: bundle) {
            return Response(status: .temporaryRedirect, headers: [.location: elsewhere.base + "/"])
        }
        return await file(rest, of: bundle)
    }

    /// The version that the browser has chosen, or that is shown to those that have not, if it is not this one.
    private func preferred(by request: Request, insteadOf bundle: PrefectUI.Bundle) -> PrefectUI.Bundle? {
        guard bundle.version == "v1", isNavigation(request) else { return nil }
        let chosen = request.cookies[Self.cookie]?.value
        let wanted = chosen.flatMap { ui.bundle($0) } ?? ui.standard
        return wanted?.version == bundle.version ? nil : wanted
    }

    private func isNavigation(_ request: Request) -> Bool {
        if let mode = HTTPField.Name("Sec-Fetch-Mode").flatMap({ request.headers[$0] }), mode == "navigate" {
            return true
        }
        return request.headers[.accept]?.lowercased().contains("text/html") ?? false
    }

    /// Names of files change with their content, but for the first page's.
    private func file(_ path: String, of bundle: PrefectUI.Bundle) async -> Response {
        let isFile = bundle.files.contains(path) && path != "/"
        let name = isFile ? path : "/index.html"
        let bytes = await withCheckedContinuation { continuation in
            PrefectUIReading.queue.async { continuation.resume(returning: bundle.read(name)) }
        }
        guard let bytes else { return .json(["detail": "Not Found"], .notFound) }
        let isLasting = name.hasPrefix("/assets/")
        return Response(
            status: .ok,
            headers: [
                .contentType: MediaTypes.type(of: name),
                .cacheControl: isLasting ? "public, max-age=604800, immutable" : "no-cache",
            ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    private func settings(_ request: Request) -> JSONValue {
        let url = configuration.publicURL ?? "http://\(request.head.authority ?? configuration.host)"
        return [
            "api_url": "\(url)/api", "csrf_enabled": .bool(configuration.clientTokens != nil),
            "auth": configuration.authString == nil ? .null : "BASIC", "flags": [],
            "default_ui": .string(ui.standard?.version ?? "v1"),
            "available_uis": .array(ui.bundles.reversed().map { .string($0.version) }),
            "v1_base_url": ui.bundle("v1") == nil ? .null : "/", "v2_base_url": ui.bundle("v2") == nil ? .null : "/v2",
        ]
    }
}

import HTTPTypes
import Hummingbird
import NIOCore

/// Refuses requests that a web page of somebody else could have made a browser send: those that call the server by a
/// name that is not its own (DNS rebinding), and those that say that they come from elsewhere.
struct HostGuard: RouterMiddleware {
    typealias Context = RESTContext

    /// What containers of Docker and of Podman call their host, which have a network of their own. Nobody outside of a host
    /// can give a meaning to a name that ends so.
    private static let hostOfContainers = ["host.docker.internal", "host.containers.internal"]

    private let names: Set<String>
    private let publicOrigin: String?

    init(_ configuration: RESTConfiguration) {
        publicOrigin = configuration.publicURL.flatMap { Self.origin(of: $0) }
        let publicHost = publicOrigin.flatMap { $0.split(separator: "/").last.map { Self.host(of: String($0)) } }
        names = Set(
            (["localhost", "::1", configuration.host] + Self.hostOfContainers + configuration.allowedHosts)
                .map { $0.lowercased() } + [publicHost].compactMap(\.self))
    }

    func handle(
        _ request: Request, context: RESTContext, next: (Request, RESTContext) async throws -> Response
    ) async throws -> Response {
        if let objection = objection(to: request.head, on: context.channel) { throw objection }
        return try await next(request, context)
    }

    /// Why a request is refused; nothing if it is not.
    func objection(to request: HTTPRequest, on channel: any Channel) -> Problem? {
        let authority = request.authority?.lowercased() ?? ""
        guard isOwn(Self.host(of: authority), channel) else {
            return Problem(
                .forbidden,
                "this server is not called \"\(authority)\": start it with --allowed-host to call it by that name")
        }
        if let origin = request.headerFields[.origin]?.lowercased() {
            guard [publicOrigin, "http://\(authority)", "https://\(authority)"].contains(origin) else {
                return Problem(.forbidden, "requests from pages of \(origin) are not allowed")
            }
        }
        return nil
    }

    private func isOwn(_ host: String, _ channel: any Channel) -> Bool {
        names.contains(host) || Self.isLoopback(host) || host == channel.localAddress?.ipAddress
    }

    /// 127.0.0.0/8. An address, unlike a name, cannot be made to mean another host.
    private static func isLoopback(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// The name or address in `NAME:PORT`, `NAME` or `[ADDRESS]:PORT`.
    static func host(of authority: String) -> String {
        if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }) }
        return String(authority.prefix { $0 != ":" })
    }

    /// `https://name:port` of an address.
    private static func origin(of url: String) -> String? {
        let parts = url.lowercased().split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[0].hasSuffix(":"), parts[1].isEmpty, !parts[2].isEmpty else { return nil }
        return "\(parts[0])//\(parts[2])"
    }
}

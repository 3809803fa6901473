import HTTPTypes
import Hummingbird

/// What is done for one method of one kind of path.
struct Route: Sendable {
    typealias Handler = @Sendable (Call) async throws -> Response

    let method: HTTPRequest.Method
    /// With the names of parameters in braces: `/flows/{id}`. A slash at the end makes no difference.
    let template: String
    let handler: Handler
    /// What it does, takes and answers (`does`).
    var operation: Operation?

    static func get(_ template: String, _ handler: @escaping Handler) -> Route {
        Route(method: .get, template: template, handler: handler)
    }

    static func post(_ template: String, _ handler: @escaping Handler) -> Route {
        Route(method: .post, template: template, handler: handler)
    }

    static func put(_ template: String, _ handler: @escaping Handler) -> Route {
        Route(method: .put, template: template, handler: handler)
    }

    static func patch(_ template: String, _ handler: @escaping Handler) -> Route {
        Route(method: .patch, template: template, handler: handler)
    }

    static func delete(_ template: String, _ handler: @escaping Handler) -> Route {
        Route(method: .delete, template: template, handler: handler)
    }

    func under(_ prefix: String) -> Route {
        Route(method: method, template: prefix + template, handler: handler, operation: operation)
    }

    func add(to router: Router<RESTContext>) {
        router.on(RouterPath(template), method: method) { [handler] request, context in
            try await handler(Call(request: request, context: context))
        }
    }
}

/// Serves one kind of resource.
protocol Controller: Sendable {
    var routes: [Route] { get }
}

/// All routes, for those who ask what there is.
struct RouteTable: Sendable {
    let routes: [Route]
    private let segments: [[Substring]]

    init(_ routes: [Route]) {
        self.routes = routes
        segments = routes.map { $0.template.split(separator: "/") }
    }

    /// The methods that a path may be asked with; none if there is nothing at that path.
    func methods(of path: String) -> [HTTPRequest.Method] {
        let wanted = path.split(separator: "/")
        let methods = zip(routes, segments).filter { Self.matches($1, wanted) }.map(\.0.method)
        return methods.contains(.get) ? methods + [.head] : methods
    }

    private static func matches(_ template: [Substring], _ path: [Substring]) -> Bool {
        template.count == path.count && zip(template, path).allSatisfy { $0 == $1 || $0.first == "{" }
    }
}

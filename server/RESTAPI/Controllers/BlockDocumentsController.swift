import Domain
import Hummingbird
import JSON
import Orchestration

struct BlockDocumentsController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .post("/block_documents", create)
                .does("Make a block", takes: .blockDocumentCreate, .created(.blockDocument), .notFound),
            .get("/block_documents/{id}", read)
                .does("Read a block", query: [.flag("include_secrets")], .ok(.blockDocument)),
            .patch("/block_documents/{id}", update)
                .does("Change a block", takes: .blockDocumentUpdate, .noContent),
            .delete("/block_documents/{id}", delete)
                .does("Delete a block", .noContent),
            .post("/block_documents/filter", filter)
                .does(
                    "List blocks",
                    takes: .blockListRequest(sort: .words(of: BlockDocumentOrder.self), ["include_secrets": .flag]),
                    .ok(.list(of: .blockDocument))),
            .post("/block_documents/count", count)
                .does("Count blocks", takes: .blockFilters, .ok(.count)),
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        let body: BlockDocumentBody = try await call.body()
        return .json(try await orchestrator.createBlockDocument(body.request).view, .created)
    }

    private func read(_ call: Call) async throws -> Response {
        let id = try call.id(of: BlockDocument.self)
        return .json(try await orchestrator.blockDocument(id, revealing: try call.flag("include_secrets")).view)
    }

    private func update(_ call: Call) async throws -> Response {
        let body: BlockDocumentChangesBody = try await call.body()
        try await orchestrator.updateBlockDocument(try call.id(of: BlockDocument.self), body.changes)
        return .noContent
    }

    private func delete(_ call: Call) async throws -> Response {
        try await orchestrator.deleteBlockDocument(try call.id(of: BlockDocument.self))
        return .noContent
    }

    private func filter(_ call: Call) async throws -> Response {
        let body: BlockDocumentsBody = try await call.body()
        let blocks = try await orchestrator.blockDocuments(body.request, revealing: body.revealsSecrets)
        return .json(.list(blocks, \.view))
    }

    private func count(_ call: Call) async throws -> Response {
        .json(try await orchestrator.countBlockDocuments(try await call.body()).json)
    }
}

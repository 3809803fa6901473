import Domain
import Hummingbird
import JSON
import Orchestration

struct BlockTypesController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .post("/block_types", create),
            .get("/block_types/{id}", read),
            .patch("/block_types/{id}", update),
            .delete("/block_types/{id}", delete),
            .post("/block_types/filter", filter),
            .post("/block_types/install_system_block_types", install),
            .get("/block_types/slug/{slug}", readBySlug),
            .get("/block_types/slug/{slug}/block_documents", readDocuments),
            .get("/block_types/slug/{slug}/block_documents/name/{name}", readDocument),
            .get("/block_capabilities", readCapabilities),
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        let body: BlockTypeBody = try await call.body()
        return .json(try await orchestrator.createBlockType(body.request).view, .created)
    }

    private func read(_ call: Call) async throws -> Response {
        .json(try await orchestrator.blockType(try call.id(of: BlockType.self)).view)
    }

    private func readBySlug(_ call: Call) async throws -> Response {
        .json(try await orchestrator.blockType(slug: try call.name("slug")).view)
    }

    private func update(_ call: Call) async throws -> Response {
        let changes: BlockTypeChanges = try await call.body()
        try await orchestrator.updateBlockType(try call.id(of: BlockType.self), changes.apply)
        return .noContent
    }

    private func delete(_ call: Call) async throws -> Response {
        try await orchestrator.deleteBlockType(try call.id(of: BlockType.self))
        return .noContent
    }

    private func filter(_ call: Call) async throws -> Response {
        let request: FilteredRequest<BlockFilters, BlockTypeOrder> = try await call.body()
        return .json(.list(try await orchestrator.blockTypes(request), \.view))
    }

    private func install(_ call: Call) async throws -> Response {
        try await orchestrator.installSystemBlocks()
        return .json(.null)
    }

    private func readDocuments(_ call: Call) async throws -> Response {
        let blocks = try await orchestrator.blockDocuments(
            ofType: try call.name("slug"), revealing: try call.flag("include_secrets"))
        return .json(.list(blocks, \.view))
    }

    private func readDocument(_ call: Call) async throws -> Response {
        let block = try await orchestrator.blockDocument(
            named: try call.name("name"), ofType: try call.name("slug"), revealing: try call.flag("include_secrets"))
        return .json(block.view)
    }

    private func readCapabilities(_ call: Call) async throws -> Response {
        .json(try await orchestrator.blockCapabilities().json)
    }
}

import Domain
import Hummingbird
import JSON
import Orchestration

struct BlockTypesController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .post("/block_types", create)
                .does("Make a block type", takes: .blockTypeCreate, .created(.blockType)),
            .get("/block_types/{id}", read)
                .does("Read a block type", .ok(.blockType)),
            .patch("/block_types/{id}", update)
                .does("Change a block type", takes: .blockTypeUpdate, .noContent),
            .delete("/block_types/{id}", delete)
                .does("Delete a block type", .noContent),
            .post("/block_types/filter", filter)
                .does("List block types", takes: .blockListRequest(), .ok(.list(of: .blockType))),
            .post("/block_types/install_system_block_types", install)
                .does("Make the block types that every server has", .ok(.null)),
            .get("/block_types/slug/{slug}", readBySlug)
                .does("Read the block type of a slug", .ok(.blockType)),
            .get("/block_types/slug/{slug}/block_documents", readDocuments)
                .does("List the blocks of a type", query: [.flag("include_secrets")], .ok(.list(of: .blockDocument))),
            .get("/block_types/slug/{slug}/block_documents/name/{name}", readDocument)
                .does("Read a block by its type and its name", query: [.flag("include_secrets")], .ok(.blockDocument)),
            .get("/block_capabilities", readCapabilities)
                .does("List what block schemas are capable of", .ok(.list(of: .text))),
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

import Domain
import Hummingbird
import JSON
import Orchestration

struct BlockSchemasController: Controller {
    let orchestrator: Orchestrator

    var routes: [Route] {
        [
            .post("/block_schemas", create)
                .does(
                    "Make a block schema, or find the one of its checksum", takes: .blockSchemaCreate,
                    .created(.blockSchema), .ok(.blockSchema), .notFound),
            .get("/block_schemas/{id}", read)
                .does("Read a block schema", .ok(.blockSchema)),
            .delete("/block_schemas/{id}", delete)
                .does("Delete a block schema", .noContent),
            .post("/block_schemas/filter", filter)
                .does("List block schemas", takes: .blockListRequest(), .ok(.list(of: .blockSchema))),
            .get("/block_schemas/checksum/{checksum}", readByChecksum)
                .does("Read the block schema of a checksum", query: [.optional("version", .text)], .ok(.blockSchema)),
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        let body: BlockSchemaBody = try await call.body()
        let (schema, isNew) = try await orchestrator.ensureBlockSchema(body.request)
        return .json(schema.view, isNew ? .created : .ok)
    }

    private func read(_ call: Call) async throws -> Response {
        .json(try await orchestrator.blockSchema(try call.id(of: BlockSchema.self)).view)
    }

    private func readByChecksum(_ call: Call) async throws -> Response {
        let checksum = try call.name("checksum")
        return .json(try await orchestrator.blockSchema(checksum: checksum, version: call.query("version")).view)
    }

    private func delete(_ call: Call) async throws -> Response {
        try await orchestrator.deleteBlockSchema(try call.id(of: BlockSchema.self))
        return .noContent
    }

    private func filter(_ call: Call) async throws -> Response {
        let request: FilteredRequest<BlockFilters, BlockSchemaOrder> = try await call.body()
        return .json(.list(try await orchestrator.blockSchemas(request), \.view))
    }
}

import Domain
import JSON
import Orchestration

/// `/work_pools/{name}/workers/connect`: a worker of Prefect's says that it is there, and is told its pool, again
/// whenever that changes. What it executes it asks for over REST.
struct WorkerChannel: WebSocketConversation {
    let orchestrator: Orchestrator
    let door: Admission
    let poolName: String

    func talk(over socket: WebSocket) async throws {
        var reader = WebSocketReader(socket)
        try await reader.greet(by: door, refusingWith: WorkerChannelEnd.authentication.reason)
        guard let hello = try await hello(&reader) else { return }
        // From before the pool is read, so that no change goes unheard.
        let changes = orchestrator.bulletin.notices { if case .poolChanged = $0 { true } else { false } }
        let (pool, queues) = try await welcome(hello)
        try await socket.send(ready(hello, pool, queues))
        try await go(on: socket, reader, with: hello.sign, pool.pool, changes)
    }

    private func hello(_ reader: inout WebSocketReader) async throws -> WorkerHello? {
        guard let frame = try await reader.workerFrame() else { return nil }
        guard case .hello(let hello) = frame else { throw WorkerChannelEnd.protocolError }
        guard hello.speaksOurVersion else { throw WorkerChannelEnd.unsupportedVersion }
        return hello
    }

    private func welcome(_ hello: WorkerHello) async throws -> (DescribedPool, [WorkQueue]) {
        do {
            return try await orchestrator.welcome(hello.introduction, toPool: poolName)
        } catch let error as OrchestrationError {
            switch error {
            case .notFound, .forbidden: throw WorkerChannelEnd.authorization
            default: throw WorkerChannelEnd.protocolError
            }
        } catch {
            throw WorkerChannelEnd.serverError
        }
    }

    private func ready(_ hello: WorkerHello, _ pool: DescribedPool, _ queues: [WorkQueue]) -> JSONValue {
        frame(
            "worker.ready.v1",
            [
                "consumer_id": hello.sign.consumer.json, "worker_id": .null,
                "selected_channel_version": .string(WorkerHello.version),
                "effective_heartbeat_interval_seconds": Int(hello.sign.interval.inSeconds).json,
                "accepted_capabilities": WorkerHello.capabilities.json, "rejected_capabilities": hello.rejected.json,
                "effective_max_cleanup_concurrency": 0,
                "resolved_work_queues": .list(queues) { ["id": $0.id.json, "name": .string($0.name)] },
                "initial_snapshot": pool.snapshot(1, "initial"),
            ])
    }

    private func frame(_ type: String, _ payload: JSONValue) -> JSONValue {
        [
            "type": .string(type), "id": orchestrator.surroundings.newID(WorkerFrame.self).json,
            "sent_at": orchestrator.now.json, "payload": payload,
        ]
    }

    // MARK: From then on

    private func go(
        on socket: WebSocket, _ reader: WebSocketReader, with sign: WorkerSign, _ pool: WorkPool,
        _ changes: AsyncStream<Notice>
    ) async throws {
        // Whoever is slow is told the newest alone.
        let causes = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(1))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await change in changes where change == .poolChanged(pool.id) {
                    causes.continuation.yield("work_pool_updated")
                }
            }
            group.addTask { try await tell(socket, of: pool, for: causes.stream) }
            group.addTask { try await listen(to: reader, socket, sign) { causes.continuation.yield($0) } }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func tell(_ socket: WebSocket, of pool: WorkPool, for causes: AsyncStream<String>) async throws {
        var (sequence, told) = (1, pool.updated)
        for await cause in causes {
            guard let now = try await orchestrator.describedPool(pool.id) else { throw WorkerChannelEnd.authorization }
            if cause == Self.reconciliation, now.pool.updated == told { continue }
            (sequence, told) = (sequence + 1, now.pool.updated)
            try await socket.send(frame("work_pool.snapshot.v1", now.snapshot(sequence, cause)))
        }
    }

    private static let reconciliation = "heartbeat_reconciliation"

    /// - Parameter happened: told when there may be a change of the pool that nobody has told of.
    private func listen(
        to reader: WebSocketReader, _ socket: WebSocket, _ sign: WorkerSign, _ happened: @Sendable (String) -> Void
    ) async throws {
        var reader = reader
        while let frame = try await reader.workerFrame() {
            switch frame {
            case .hello: throw WorkerChannelEnd.protocolError
            case .heartbeat(let next):
                guard next.consumer == sign.consumer, next.name == sign.name else {
                    throw WorkerChannelEnd.protocolError
                }
                do {
                    try await orchestrator.noteHeartbeat(ofWorker: next.name, inPool: poolName, every: next.interval)
                } catch {
                    throw WorkerChannelEnd.heartbeatNotStored
                }
                happened(Self.reconciliation)
            case .cleanup(let report): try await socket.send(self.frame("cleanup.operation_result.v1", report.refusal))
            }
        }
    }
}

/// How a channel ends, in the words that workers know.
enum WorkerChannelEnd {
    static let authentication = WebSocketClosure.refused("authentication_failed")
    static let authorization = WebSocketClosure.refused("authorization_failed")
    static let unsupportedVersion = WebSocketClosure.refused("unsupported_version")
    static let protocolError = WebSocketClosure.protocolError("protocol_error")
    static let heartbeatNotStored = WebSocketClosure.failure("heartbeat_persistence_failed")
    static let serverError = WebSocketClosure.failure("transient_server_error")
}

extension WebSocketReader {
    /// The next frame; nil when the worker has gone.
    fileprivate mutating func workerFrame() async throws -> WorkerFrame? {
        do {
            return try await next().map { try JSONReader($0).read() }
        } catch is JSONReadingError {
            throw WorkerChannelEnd.protocolError
        } catch let closure as WebSocketClosure where closure.code == WebSocketClosure.invalidData("").code {
            throw WorkerChannelEnd.protocolError
        }
    }
}

extension DescribedPool {
    fileprivate func snapshot(_ sequence: Int, _ reason: String) -> JSONValue {
        ["snapshot_sequence": sequence.json, "reason": .string(reason), "work_pool": .object(plainView)]
    }
}

extension CleanupReport {
    fileprivate var refusal: JSONValue {
        [
            "request_frame_id": frame.json, "message_id": message.json, "operation": .string(operation),
            "status": "unauthorized", "lease_expires_at": .null, "reason": "cleanup_delivery_not_accepted",
            "detail": .null,
        ]
    }
}

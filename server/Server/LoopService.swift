import AgentGateway
import Logging
import Orchestration
import ServiceLifecycle

/// Keeps calling a loop: after the delay that it asked for, or as soon as something has happened that it waits for.
struct LoopService: Service {
    let loop: any Loop
    let orchestrator: Orchestrator
    let logger: Logger

    func run() async throws {
        let alarm = Alarm()
        let notices = orchestrator.bulletin.notices(limit: 1) { notice in
            switch notice {
            case .dueLater, .schedulesChanged, .actionsTriggered, .sensorsChanged: true
            default: false
            }
        }
        await cancelWhenGracefulShutdown {
            async let listening: Void = { for await _ in notices { alarm.ring() } }()
            while !Task.isCancelled {
                await alarm.wait(atMost: await tick())
            }
            await listening
        }
    }

    private func tick() async -> Duration {
        do {
            return try await loop.tick(at: orchestrator.now)
        } catch is CancellationError {
            return .zero
        } catch {
            // A full disk or the like: the loop goes on, and what it has to do stays due.
            logger.error("a loop failed", metadata: ["loop": "\(loop.name)", "error": "\(error)"])
            return .seconds(1)
        }
    }
}

/// The agents' door as a service.
struct GatewayService: Service {
    let gateway: Gateway
    /// Tells the API's port once it listens: agents hear of it when they are welcomed.
    let apiPorts: AsyncStream<Int>
    let apiURL: @Sendable (Int) -> String

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await port in apiPorts { await gateway.run(apiURL: apiURL(port)) }
        }
    }
}

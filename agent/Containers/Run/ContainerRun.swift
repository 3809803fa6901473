import Domain
import Glibc
import HTTPClient
import JSON
import Synchronization

/// One container from its making to its removal: what the program `sluice-agent contain` does.
///
/// The program is a child of the agent's supervisor, which watches it as it watches any: so a container outlives a restart
/// of the agent, and ends with its lease, its timeout or a wish, agent or not. What the container writes it writes on, to
/// the same streams; what came of the container is in a file before it ends.
public final class ContainerRun: Sendable {
    private let order: ContainerOrder
    private let engine: ContainerEngine
    private let wish: StopWish
    private let use = Mutex<ResourceUse?>(nil)

    /// - Throws: `EngineError.unfitAddress`.
    public init(_ order: ContainerOrder) throws(EngineError) {
        self.order = order
        engine = ContainerEngine(try EngineAddress(order.socket))
        wish = StopWish(order)
    }

    /// Somebody wants it to end. Any number of calls is well, from anywhere.
    public func stop() { wish.note() }

    /// Does it all, and says what came of it. The container is gone then, as far as its engine answers.
    public func run() async -> ContainerOutcome {
        do throws(EngineError) {
            try await provideImage()
            guard !wish.isWanted else { return ContainerOutcome(.unknown("it was stopped before it was started")) }
            let id = try await create()
            var outcome = await execute(id)
            outcome.isRemoved = await remove(id)
            return outcome
        } catch {
            return ContainerOutcome(.notStarted(error.description))
        }
    }

    // MARK: - Beginning

    /// Lets go of the image as soon as nobody wants it any more.
    private func provideImage() async throws(EngineError) {
        let work = Task { () async -> Result<Void, EngineError> in
            do throws(EngineError) { return .success(try await self.fetchImage()) } catch { return .failure(error) }
        }
        let guardian = Task {
            while !self.wish.isWanted, !Task.isCancelled { try? await Task.sleep(for: .milliseconds(20)) }
            work.cancel()
        }
        defer { guardian.cancel() }
        if case .failure(let error) = await work.value, !wish.isWanted { throw error }
    }

    private func fetchImage() async throws(EngineError) {
        let image = order.spec.image
        switch order.spec.pull {
        case .always: try await pull(image)
        case .missing: if try await !engine.hasImage(image) { try await pull(image) }
        case .never: guard try await engine.hasImage(image) else { throw .imageMissing(image) }
        }
    }

    private func pull(_ image: String) async throws(EngineError) {
        let login = order.spec.registry.map { RegistryLogin($0) }
        var file: RegistryFile?
        // Read for each, so that a new password is known without a restart.
        if login == nil, let path = order.registryFile { file = try RegistryFile(path) }
        try await engine.pull(image, as: login, or: file)
    }

    private func create() async throws(EngineError) -> String {
        let id: String
        let body = order.body(on: try await engine.kind())
        do throws(EngineError) {
            id = try await engine.create(name: order.name, body)
        } catch .refused(_, status: 409, _) {
            // One of this attempt's from before: whatever made it is gone.
            try await engine.remove(order.name)
            id = try await engine.create(name: order.name, body)
        }
        do throws(EngineError) {
            for network in order.furtherNetworks { try await engine.connect(id, to: network) }
        } catch {
            _ = await remove(id)
            throw error
        }
        return id
    }

    private func execute(_ id: String) async -> ContainerOutcome {
        do throws(EngineError) {
            // Before it starts, so that nothing of what it writes is missed.
            let output = try await engine.attach(id)
            let follower = Task { await self.follow(output) }
            defer { follower.cancel() }
            guard !wish.isWanted else { return ContainerOutcome(.unknown("it was stopped before it was started")) }
            do throws(EngineError) {
                try await engine.start(id)
            } catch {
                return ContainerOutcome(.notStarted(error.description))
            }
            let watcher = Task { await self.watch(id) }
            let stopper = Task { await self.stopWhenWanted(id) }
            defer {
                watcher.cancel()
                stopper.cancel()
            }
            let status = await waitForEnd(id)
            await finish(follower)
            return await outcome(of: id, status: status)
        } catch {
            return ContainerOutcome(.notStarted(error.description))
        }
    }

    // MARK: - Watching

    /// Writes on what the container writes.
    private func follow(_ output: HTTPStream) async {
        var frames = OutputFrames()
        var pieces = output.makeAsyncIterator()
        while let piece = try? await pieces.next() {
            for (stream, bytes) in frames.take(piece) { Self.write(bytes, to: stream == .standardError ? 2 : 1) }
        }
        sample()
    }

    private static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private func watch(_ id: String) async {
        guard let process = try? await engine.state(id)["Pid"]?.intValue else { return }
        let isDirect = use.withLock { use in
            let found = ResourceUse(of: id, process: process)
            use = found
            return found.isDirect
        }
        while !Task.isCancelled {
            if isDirect {
                sample()
            } else if let statistics = try? await engine.statistics(id) {
                use.withLock { $0?.take(statistics) }
            }
            try? await Task.sleep(for: isDirect ? .milliseconds(100) : .seconds(1))
        }
    }

    private func sample() { use.withLock { $0?.sample() } }

    /// TERM to the container once it is to end, and KILL when its time is over; again, should the engine not answer.
    private func stopWhenWanted(_ id: String) async {
        while !wish.isWanted {
            try? await Task.sleep(for: .milliseconds(20))
            if Task.isCancelled { return }
        }
        if wish.isForLease {
            // There is no time for a TERM, nor to ask what came of it. What the engine is asked for until this process is
            // killed, it does all the same.
            try? await engine.kill(id, signal: "SIGKILL")
            _ = await remove(id)
        } else {
            try? await engine.kill(id, signal: "SIGTERM")
        }
        while !Task.isCancelled, wish.timeLeft > .zero { try? await Task.sleep(for: .milliseconds(20)) }
        while !Task.isCancelled {
            try? await engine.kill(id, signal: "SIGKILL")
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    /// - Returns: nothing when its engine has forgotten it.
    private func waitForEnd(_ id: String) async -> Int? {
        while true {
            do throws(EngineError) {
                return try await engine.wait(id)
            } catch .refused(_, status: 404, _) {
                return nil
            } catch {
                // The engine is restarted, perhaps: its containers may well go on.
                try? await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    /// What it wrote last may still be under way; a process that escaped from it would keep the stream open.
    private func finish(_ follower: Task<Void, Never>) async {
        let limit = Task {
            try? await Task.sleep(for: .seconds(5))
            follower.cancel()
        }
        await follower.value
        limit.cancel()
    }

    // MARK: - Ending

    private func outcome(of id: String, status: Int?) async -> ContainerOutcome {
        let used = use.withLock { $0 }
        let end: ContainerOutcome.End
        if let status {
            let state = try? await engine.state(id)
            let message = state?["Error"]?.stringValue ?? ""
            let isKilled = status == 128 + Int(SIGKILL) && !wish.isWanted
            let isStarved =
                state?["OOMKilled"]?.boolValue == true || (isKilled && KernelLog.tellsOfLackOfMemory(in: id))
            if status != 0, isStarved {
                end = .outOfMemory
            } else if status != 0, !message.isEmpty, used?.cpuMicroseconds ?? 0 == 0 {
                end = .notStarted(message)
            } else {
                end = .exited(code: status)
            }
        } else {
            end = .unknown("its container was removed by somebody else, or its engine has forgotten it")
        }
        return ContainerOutcome(
            end, cpuMicroseconds: used?.cpuMicroseconds ?? 0, peakMemoryBytes: used?.peakMemoryBytes ?? 0)
    }

    private func remove(_ id: String) async -> Bool {
        for _ in 0..<5 {
            if (try? await engine.remove(id)) != nil { return true }
            try? await Task.sleep(for: .milliseconds(200))
        }
        return false
    }
}

import Domain
import JSON
import Orchestration
import Wire

// The wire's words for the orchestration's, and back.

extension AttemptName {
    init(_ key: AttemptKey) { self.init(run: key.run, attempt: key.attempt) }
    var key: AttemptKey { AttemptKey(run: run, attempt: attempt) }
}

extension AgentIntroduction {
    init(_ hello: Hello) {
        self.init(
            id: hello.agentID, name: hello.name, host: hello.host, version: hello.agentVersion, poolName: hello.pool,
            queueNames: hello.queues, slots: hello.slots, labels: hello.labels,
            offer: hello.offer, holding: hello.holding.map { AttemptName($0) })
    }
}

extension AttemptReport {
    init(_ report: Report) {
        let fact: Fact =
            switch report.fact {
            case .preparing(let message): .preparing(message: message)
            case .started(_, let revision): .started(at: report.occurredAt, codeRevision: revision)
            case .ended(let end, _): .ended(end)
            }
        self.init(name: AttemptName(report.key), sequence: report.sequence, fact: fact)
    }
}

extension FileSighting {
    init(_ file: SeenFile) {
        self.init(path: file.path, inode: file.inode, size: file.size, modified: file.modified)
    }
}

extension Assignment {
    init(_ grant: Grant, number: UInt64, afterHeartbeat: UInt64) {
        let policy = grant.run.machine.policy
        self.init(
            key: AttemptKey(run: grant.run.id, attempt: grant.attempt), lease: policy.lease,
            runName: grant.run.name, flowName: grant.flowName, deploymentName: grant.deployment.name,
            flowID: grant.run.flowID, deploymentID: grant.deployment.id,
            parameters: grant.run.parameters.json.serialized(), arguments: grant.arguments,
            environment: grant.environment, secrets: grant.secrets.sorted(), bundle: grant.execution.bundle,
            workingDirectory: grant.execution.workingDirectory, python: grant.execution.python,
            prefectFlow: grant.job.map { PrefectFlow(python: $0.python, warmStart: $0.warmStart) },
            timeout: policy.timeout, grace: policy.grace, number: number,
            afterHeartbeat: afterHeartbeat)
        container = grant.execution.container
        code = grant.code
        limits = grant.execution.limits
        user = grant.execution.user
        graphicsProcessors = grant.execution.requires.resources.gpu
    }
}

extension ServerMessage {
    init(_ order: StopOrder) {
        self = .stop(
            AttemptKey(run: order.runID, attempt: order.attempt), grace: order.grace, reason: order.reason)
    }

    /// Nothing is said of a report that came out of order: it is repeated.
    init?(_ answer: ReportAnswer, to report: Report) {
        switch answer {
        case .taken(let sequence): self = .reportsTaken(report.key, sequence: sequence, fenced: false)
        case .fenced: self = .reportsTaken(report.key, sequence: report.sequence, fenced: true)
        case .outOfOrder: return nil
        }
    }
}

import Domain
import FoundationEssentials
import JSON
import SwiftProtobuf

extension Assignment {
    init(wire: WireAssignment) throws(WireError) {
        guard let flowID = ID<Flow>(bytes: wire.flowID) else { throw .invalidField("assignment.flow_id") }
        self.init(
            key: try AttemptKey(wire: wire.key), lease: .microseconds(wire.lease), runName: wire.runName,
            flowName: wire.flowName, deploymentName: wire.deploymentName, flowID: flowID,
            deploymentID: ID<Deployment>(bytes: wire.deploymentID), parameters: wire.parameters,
            arguments: Self.arguments(wire),
            environment: wire.environment, secrets: wire.secrets,
            bundle: try Self.bundle(digest: [UInt8](wire.bundleDigest), size: wire.bundleSize),
            workingDirectory: wire.workingDirectory.nonEmpty,
            python: wire.hasPython
                ? PythonRequirements(version: wire.python.version.nonEmpty, requirements: wire.python.requirements)
                : nil,
            prefectFlow: Self.prefectFlow(wire),
            timeout: wire.timeout > 0 ? .microseconds(wire.timeout) : nil, grace: .microseconds(wire.grace),
            number: wire.number, afterHeartbeat: wire.afterHeartbeat)
        if wire.hasContainer {
            guard let spec = try? ContainerSpec(json: JSONValue(parsing: wire.container.specification)) else {
                throw .invalidField("assignment.container.specification")
            }
            container = spec
        }
        if wire.hasCode {
            guard let source = try? CodeSource(json: JSONValue(parsing: wire.code.specification)) else {
                throw .invalidField("assignment.code.specification")
            }
            code = source
        }
        limits = ProcessLimits(wire: wire.limits)
        user = wire.user.nonEmpty
        graphicsProcessors = Int(wire.gpus)
    }

    private static func arguments(_ wire: WireAssignment) -> [String] {
        if wire.hasCode { return wire.code.command.arguments }
        return wire.hasContainer ? wire.container.command.arguments : wire.command.arguments
    }

    private static func prefectFlow(_ wire: WireAssignment) -> PrefectFlow? {
        if wire.container.hasPrefectFlow { return PrefectFlow(wire: wire.container.prefectFlow) }
        return wire.hasPrefectFlow ? PrefectFlow(wire: wire.prefectFlow) : nil
    }

    var wire: WireAssignment {
        .with {
            $0.key = key.wire
            $0.lease = lease.wholeMicroseconds
            ($0.runName, $0.flowName, $0.deploymentName) = (runName, flowName, deploymentName)
            $0.flowID = .init(flowID.bytes)
            if let deploymentID { $0.deploymentID = .init(deploymentID.bytes) }
            $0.parameters = parameters
            fillExecution(of: &$0)
            if !limits.isEmpty { $0.limits = limits.wire }
            $0.user = user ?? ""
            $0.gpus = UInt32(clamping: graphicsProcessors)
            $0.environment = environment
            $0.secrets = secrets
            if let bundle {
                $0.bundleDigest = .init(Hexadecimal.bytes(of: bundle.digest) ?? [])
                $0.bundleSize = UInt64(clamping: bundle.size)
            }
            $0.workingDirectory = workingDirectory ?? ""
            if let python {
                $0.python = .with {
                    $0.version = python.version ?? ""
                    $0.requirements = python.requirements
                }
            }
            $0.timeout = timeout?.wholeMicroseconds ?? 0
            $0.grace = grace.wholeMicroseconds
            $0.number = number
            $0.afterHeartbeat = afterHeartbeat
        }
    }

    /// Puts the command where only an agent finds it that knows all that goes with it.
    private func fillExecution(of wire: inout WireAssignment) {
        let command = WireCommand.with { $0.arguments = arguments }
        if let code {
            wire.code = .with {
                $0.specification = code.json.serialized()
                $0.command = command
            }
        }
        if let container {
            wire.container = .with {
                $0.specification = container.json.serialized()
                if code == nil { $0.command = command }
                if let prefectFlow { $0.prefectFlow = prefectFlow.wire }
            }
        } else {
            if code == nil { wire.command = command }
            if let prefectFlow { wire.prefectFlow = prefectFlow.wire }
        }
    }

    private static func bundle(digest: [UInt8], size: UInt64) throws(WireError) -> BundleReference? {
        guard !digest.isEmpty else { return nil }
        guard digest.count == 32 else { throw .invalidField("assignment.bundle_digest") }
        return BundleReference(digest: Hexadecimal.text(of: digest), size: Int(clamping: size))
    }
}

extension ProcessLimits {
    init(wire: WireProcessLimits) {
        self.init(
            memoryBytes: Self.amount(wire.memoryBytes).map(Int64.init),
            cpuTime: wire.cpuTime > 0 ? .microseconds(wire.cpuTime) : nil,
            cpus: wire.cpuThousandths > 0 ? Double(wire.cpuThousandths) / 1000 : nil,
            processes: Self.amount(wire.processes), openFiles: Self.amount(wire.openFiles))
    }

    private static func amount(_ number: UInt64) -> Int? { number > 0 ? Int(clamping: number) : nil }

    var wire: WireProcessLimits {
        .with {
            $0.memoryBytes = UInt64(clamping: memoryBytes ?? 0)
            $0.cpuTime = cpuTime?.wholeMicroseconds ?? 0
            $0.cpuThousandths = UInt64(((cpus ?? 0) * 1000).rounded())
            $0.processes = UInt64(clamping: processes ?? 0)
            $0.openFiles = UInt64(clamping: openFiles ?? 0)
        }
    }
}

extension PrefectFlow {
    init(wire: WirePrefectFlow) {
        let warmStart: ProcessJob.WarmStart
        switch wire.warmStart {
        case .wanted: warmStart = .wanted
        case .refused: warmStart = .refused
        case .unspecified, .UNRECOGNIZED: warmStart = .asUsual
        }
        self.init(python: wire.python.nonEmpty, warmStart: warmStart)
    }

    var wire: WirePrefectFlow {
        .with {
            $0.python = python ?? ""
            $0.warmStart =
                switch warmStart {
                case .asUsual: .unspecified
                case .wanted: .wanted
                case .refused: .refused
                }
        }
    }
}

/// Bytes as lower-case hexadecimal text, which is how digests are written everywhere but on the wire.
public enum Hexadecimal {
    /// Two lower-case digits a byte.
    public static func text(of bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Nothing when `text` is not an even number of hexadecimal digits.
    public static func bytes(of text: String) -> [UInt8]? {
        let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count == text.utf8.count, digits.count % 2 == 0 else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}

import ArgumentParser
import Domain

/// What of its host an agent lets runs have that ask for some.
struct OfferOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How many processors runs may ask for, together, for instance 6 or 0.5; default: those of this host.",
            valueName: "number"))
    var cpu: String?

    @Option(
        help: ArgumentHelp(
            "How much memory runs may ask for, together, for instance 24GiB; default: that of this host.",
            valueName: "amount"))
    var memory: String?

    @Option(
        help: ArgumentHelp(
            "How many graphics processors runs may ask for, together; default: those that Nvidia's driver shows.",
            valueName: "number"))
    var gpu: Int?

    @Option(
        name: .customLong("gpu-devices"),
        help: ArgumentHelp(
            """
            Which graphics processors those are, as CUDA_VISIBLE_DEVICES names them, for instance 0,1; default: as many as \
            there are, from 0. A run that asks for some has them to itself.
            """, valueName: "list"))
    var gpuDevices: String?

    func validate() throws {
        if let cpu, ResourceText.cpu(cpu) == nil {
            throw ValidationError("--cpu \(cpu): give a number of processors, such as 6 or 0.5.")
        }
        if let memory, ResourceText.memory(memory) == nil {
            throw ValidationError("--memory \(memory): give an amount, such as 24GiB, 512MiB or a number of bytes.")
        }
        if let gpu, !(0...10_000).contains(gpu) {
            throw ValidationError("--gpu \(gpu): give a number from 0 to 10000.")
        }
        guard let gpuDevices else { return }
        guard !devices.isEmpty, !devices.contains(""), Set(devices).count == devices.count else {
            throw ValidationError("--gpu-devices \(gpuDevices): give numbers or names, each once, such as 0,1.")
        }
        if let gpu, gpu != devices.count {
            throw ValidationError(
                "--gpu \(gpu) is not the number of --gpu-devices \(gpuDevices): leave one of them out.")
        }
    }

    /// The graphics processors that are handed out to runs.
    var devices: [String] {
        if let gpuDevices { return gpuDevices.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        return (0..<(gpu ?? Host.graphicsProcessors)).map(String.init)
    }

    /// What is offered: of what nobody said, all that the host has.
    var resources: Resources {
        Resources(
            cpu: cpu.flatMap { ResourceText.cpu($0) } ?? Host.processors * 1000,
            memory: memory.flatMap { ResourceText.memory($0) } ?? Host.memory, gpu: devices.count)
    }
}

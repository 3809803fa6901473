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
    }

    /// What is offered: of what nobody said, all that the host has.
    var resources: Resources {
        Resources(
            cpu: cpu.flatMap { ResourceText.cpu($0) } ?? Host.processors * 1000,
            memory: memory.flatMap { ResourceText.memory($0) } ?? Host.memory, gpu: gpu ?? Host.graphicsProcessors)
    }
}

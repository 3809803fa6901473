import Domain
import JSON
import Testing

@Suite struct ResourceTextTests {
    @Test(arguments: [("2", 2000), ("0.5", 500), ("0.001", 1), ("1.25", 1250), ("100000", 100_000_000)])
    func `Processors are read to a thousandth`(_ text: String, _ thousandths: Int) {
        #expect(ResourceText.cpu(text) == thousandths)
        #expect(ResourceText.cpu(ResourceText.describe(cpu: thousandths)) == thousandths)
    }

    @Test(arguments: ["", "-1", "1.", ".5", "0.0001", "1e3", "100001", "two", "1,5"])
    func `What are no processors is refused`(_ text: String) { #expect(ResourceText.cpu(text) == nil) }

    @Test(arguments: [
        ("4GiB", 4 << 30), ("4Gi", 4 << 30), ("4G", 4_000_000_000), ("512 MiB", 512 << 20), ("512mb", 512_000_000),
        ("1024", 1024), ("0", 0), ("1PiB", 1 << 50), ("10B", 10),
    ])
    func `Memory is read with its unit`(_ text: String, _ bytes: Int) { #expect(ResourceText.memory(text) == bytes) }

    @Test(arguments: ["", "GiB", "-1G", "1.5G", "4GX", "9999999999999999P", "4 G B"])
    func `What is no memory is refused`(_ text: String) { #expect(ResourceText.memory(text) == nil) }

    @Test func `Amounts are told as people say them`() {
        #expect(ResourceText.describe(memory: 3 << 29) == "1.5GiB")
        #expect(
            ResourceText.describe(Resources(cpu: 1500, memory: 4 << 30, gpu: 2)) == "1.5 cpu, 4GiB of memory, 2 gpu")
        #expect(ResourceText.describe(.none) == "nothing")
    }

    @Test func `Needs are read as they are written`() throws {
        let needs = Requirements(labels: ["zone": "eu"], resources: Resources(cpu: 1500, memory: 1 << 30, gpu: 2))
        #expect(try Requirements(reading: JSONReader(needs.json)) == needs)
        let typed: JSONValue = ["cpu": "1.5", "memory": "1GiB", "gpu": 2, "labels": ["zone": "eu"]]
        #expect(try Requirements(reading: JSONReader(typed)) == needs)
        for wrong in [["cpu": -1], ["cpu": true], ["memory": "x"], ["gpu": 1.5], ["labels": ["a": 1]]] as [JSONValue] {
            #expect(throws: JSONReadingError.self) { try Requirements(reading: JSONReader(wrong)) }
        }
    }
}

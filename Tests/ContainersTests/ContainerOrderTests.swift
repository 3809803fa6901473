import Domain
import JSON
import Testing

@testable import Containers

@Suite struct ContainerOrderTests {
    private func order(_ spec: ContainerSpec) -> ContainerOrder {
        ContainerOrder(
            socket: "/s", name: "n", spec: spec, labels: ["l": "m"], arguments: ["a"], environment: ["A": "b"],
            mounts: ["/x:/y"], workingDirectory: "/w", timeout: .seconds(3), grace: .seconds(1), outcomePath: "/o",
            gracePath: "/g")
    }

    @Test func itIsReadAsItIsWritten() throws {
        var order = order(ContainerSpec(image: "i", cpus: 0.5))
        #expect(try ContainerOrder(reading: JSONReader(order.json)) == order)
        (order.devices, order.registryFile) = (["0", "GPU-b"], "/f")
        #expect(try ContainerOrder(reading: JSONReader(order.json)) == order)
    }

    @Test func theEngineIsToldOfDevicesAndOfNoPassword() throws {
        var order = order(ContainerSpec(image: "i", registry: RegistryCredentials(username: "u", password: "word")))
        #expect(order.body(on: .docker)["HostConfig"]?["DeviceRequests"] == nil)
        order.devices = ["0", "GPU-b"]
        let asked: JSONValue = [["Driver": "", "DeviceIDs": ["0", "GPU-b"], "Capabilities": [["gpu"]]]]
        #expect(order.body(on: .docker)["HostConfig"]?["DeviceRequests"] == asked)
        #expect(!JSONValue.object(order.body(on: .podman)).serialized().contains("word"))
    }

    @Test func eachEngineHasANameOfItsOwnForTheHost() {
        func body(_ networks: [String], _ kind: EngineKind) -> String {
            var order = order(ContainerSpec(image: "i", networks: networks))
            order.environment = ["SLUICE_API_URL": "http://host.docker.internal:4200/api"]
            return JSONValue.object(order.body(on: kind)).serialized()
        }
        #expect(body(["n"], .docker).contains("http://host.docker.internal:4200"))
        #expect(body(["n"], .docker).contains("host.docker.internal:host-gateway"))
        #expect(body(["n"], .podman).contains("http://host.containers.internal:4200"))
        #expect(!body(["n"], .podman).contains("host-gateway"))
        #expect(!body(["host"], .docker).contains("host-gateway"))
    }
}

import Domain
import HTTPClient
import JSON
import TestSupport
import Testing

/// Concurrency limits as Prefect's clients use them.
@Suite struct LimitTests {
    private let limits = "/api/v2/concurrency_limits"
    private let nobody = "00000000-0000-7000-8000-000000000000"

    private func slots(_ names: [JSONValue], _ slots: Int = 1, _ more: JSONObject = [:]) -> JSONValue {
        let wanted: JSONObject = ["names": .array(names), "slots": slots.json]
        return .object(wanted.merging(more))
    }

    @Test func aLimitFromItsMakingToItsEnd() async throws {
        try await withServer { server in
            let made = try await server.post("\(limits)/", ["name": "db", "limit": 2, "active_slots": 1])
            #expect(made.status == 201 && made.json["active_slots"] == 1)
            #expect(try await server.post("\(limits)/", ["name": "db", "limit": 1]).status == 409)
            for bad: JSONValue in [
                ["name": "a/b", "limit": 1], ["name": "", "limit": 1], ["name": "x"], ["name": "x", "limit": -1],
                ["name": "x", "limit": 1, "slot_decay_per_second": -1], ["name": "x", "limit": 9_999_999_999],
                ["name": .string("deployment:\(nobody)"), "limit": .string("x")],
            ] {
                #expect(try await server.post("\(limits)/", bad).status == 422, "\(bad)")
            }
            let id = made.json["id"]?.stringValue ?? ""
            #expect(try await server.get("\(limits)/\(id)").json["name"] == "db")
            #expect(try await server.json(.patch, "\(limits)/db", ["limit": 5, "active": false]).status == 204)
            #expect(try await server.json(.patch, "\(limits)/\(id)", ["name": "base"]).status == 204)
            let changed = try await server.get("\(limits)/base").json
            #expect(changed["limit"] == 5 && changed["active"] == false && changed["active_slots"] == 1)
            #expect(try await server.json(.patch, "\(limits)/db", [:]).status == 404)
            #expect(try await server.json(.delete, "\(limits)/base").status == 204)
            #expect(try await server.json(.delete, "\(limits)/base").status == 404)
        }
    }

    @Test func slotsAreTakenAndGivenBack() async throws {
        try await withServer { server in
            _ = try await server.post("\(limits)/", ["name": "db", "limit": 1])
            let taken = try await server.post("\(limits)/increment", slots(["db", "nothing", "db"]))
            #expect(taken.status == 200 && taken.json.arrayValue?.count == 1 && taken.json[0]?["limit"] == 1)
            let refused = try await server.post("\(limits)/increment", slots(["db"]))
            #expect(refused.status == 423 && refused.detail == "Locked")
            #expect(Double(refused.headers["Retry-After"] ?? "") ?? 0 > 0)
            #expect(try await server.post("\(limits)/increment", slots(["db"], 2)).status == 422)
            let rate = try await server.post("\(limits)/increment", slots(["db"], 1, ["mode": "rate_limit"]))
            #expect(rate.status == 422 && rate.detail.contains("'db'"))
            let back = try await server.post("\(limits)/decrement", slots(["db"], 1, ["occupancy_seconds": 3]))
            #expect(back.status == 200 && back.json[0]?["name"] == "db")
            #expect(try await server.get("\(limits)/db").json["active_slots"] == 0)
            #expect(try await server.post("\(limits)/increment", slots(["nothing"])).json == [])
            for bad in [slots(["db"], 0), slots(["db"], 1, ["mode": "x"]), slots([1]), ["slots": 1]] {
                #expect(try await server.post("\(limits)/increment", bad).status == 422, "\(bad)")
            }
        }
    }

    @Test func leasesAreRenewedAndEnd() async throws {
        try await withServer { server in
            _ = try await server.post("\(limits)/", ["name": "tag:db", "limit": 1])
            let holder: JSONValue = ["type": "task_run", "id": .string(nobody)]
            let path = "\(limits)/increment-with-lease"
            let taken = try await server.post(path, slots(["tag:db"], 1, ["lease_duration": 60, "holder": holder]))
            let lease = taken.json["lease_id"]?.stringValue ?? ""
            #expect(taken.status == 200 && taken.json["limits"]?[0]?["name"] == "tag:db")
            #expect(try await server.get("/api/concurrency_limits/tag/db").json["active_slots"] == [.string(nobody)])
            #expect(try await server.post(path, slots(["tag:db"])).status == 423)
            let renew = "\(limits)/leases/\(lease)/renew"
            #expect(try await server.post(renew, ["lease_duration": 60]).status == 204)
            #expect(try await server.post(renew, ["lease_duration": 59]).status == 422)
            #expect(try await server.post("\(limits)/leases/x/renew").status == 422)
            server.clock.advance(by: .seconds(60))
            #expect(try await server.post(renew, ["lease_duration": 60]).status == 410)
            #expect(try await server.post("\(limits)/decrement-with-lease", ["lease_id": .string(lease)]).status == 204)
            #expect(try await server.post("\(limits)/decrement-with-lease", ["lease_id": "x"]).status == 422)
            for bad: JSONObject in [
                ["lease_duration": 10], ["holder": ["type": "x", "id": .string(nobody)]],
                ["holder": ["type": "task_run"]], ["holder": ["type": "task_run", "id": .string(nobody), "more": 1]],
            ] {
                #expect(try await server.post(path, slots(["tag:db"], 1, bad)).status == 422, "\(bad)")
            }
        }
    }

    @Test func aDeploymentsLimitIsOneOfThem() async throws {
        try await withServer { server in
            let deployment = try await server.deploy(more: ["concurrency_limit": 2])
            let name = "deployment:\(deployment)"
            _ = try await server.post("\(limits)/", ["name": "other", "limit": 1])
            let shown = try await server.get("/api/deployments/\(deployment)").json["global_concurrency_limit"]
            #expect(try await server.get("\(limits)/\(name)").json == shown)
            #expect(try await server.get("\(limits)/\(deployment)").json == shown)
            let names = try await server.post("\(limits)/filter", [:]).json.arrayValue?.map { $0["name"] }
            #expect(names == [.string(name), "other"])
            #expect(try await server.json(.patch, "\(limits)/\(name)", ["limit": 7]).status == 204)
            #expect(try await server.json(.patch, "\(limits)/\(name)", ["active": false]).status == 422)
            #expect(try await server.post("\(limits)/", ["name": .string(name), "limit": 1]).status == 409)
            let changed = try await server.get("/api/deployments/\(deployment)").json["global_concurrency_limit"]
            #expect(changed?["limit"] == 7)
            #expect(try await server.json(.delete, "\(limits)/\(name)").status == 204)
            let none = try await server.get("/api/deployments/\(deployment)").json["global_concurrency_limit"]
            #expect(none == .null)
        }
    }

    @Test func limitsOnTags() async throws {
        try await withServer { server in
            let base = "/api/concurrency_limits"
            let made = try await server.post("\(base)/", ["tag": "db", "concurrency_limit": 2])
            #expect(made.status == 201)
            let again = try await server.post("\(base)/", ["tag": "db", "concurrency_limit": 1])
            #expect(again.status == 200 && again.json["concurrency_limit"] == 1)
            let id = made.json["id"]?.stringValue ?? ""
            #expect(try await server.get("\(base)/\(id)").json["tag"] == "db")
            _ = try await server.post("\(limits)/", ["name": "other", "limit": 1])
            #expect(try await server.post("\(base)/filter", [:]).json.arrayValue?.count == 1)

            let other = "00000000-0000-7000-8000-000000000001"
            func of(_ run: String) -> JSONValue { ["names": ["db", "none"], "task_run_id": .string(run)] }
            let taken = try await server.post("\(base)/increment", of(nobody))
            #expect(taken.json == [["id": .string(id), "name": "db", "limit": 1]])
            #expect(try await server.post("\(base)/increment", of(nobody)).status == 200, "it holds the slot already")
            let refused = try await server.post("\(base)/increment", of(other))
            #expect(refused.status == 423 && refused.headers["Retry-After"] != nil)
            #expect(try await server.get("\(base)/tag/db").json["active_slots"] == [.string(nobody)])
            #expect(try await server.post("\(base)/decrement", of(nobody)).json[0]?["name"] == "tag:db")
            #expect(try await server.get("\(base)/tag/db").json["active_slots"] == [])
            let reset: JSONValue = ["slot_override": [.string(other)]]
            #expect(try await server.post("\(base)/tag/db/reset", reset).status == 200)
            #expect(try await server.get("\(base)/tag/db").json["active_slots"] == [.string(other)])
            #expect(try await server.post("\(base)/tag/none/reset").status == 404)
            #expect(try await server.get("\(base)/tag/none").status == 404)
            #expect(try await server.json(.delete, "\(base)/tag/db").status == 200)
            #expect(try await server.json(.delete, "\(base)/\(id)").status == 404)
        }
    }

    @Test func aRunThatWaitsForASlotSaysSo() async throws {
        try await withServer { server in
            _ = try await server.post("\(limits)/", ["name": "db", "limit": 1])
            let run = try await server.run(try await server.deploy())
            try await server.force(run, "RUNNING")
            let holder: JSONValue = ["type": "flow_run", "id": .string(run)]
            let path = "\(limits)/increment-with-lease"
            _ = try await server.post(path, slots(["db"]))
            #expect(try await server.post(path, slots(["db"], 1, ["holder": holder])).status == 423)
            let reasons = try await server.get("/api/flow_runs/\(run)/explain").json["reasons"]
            #expect(reasons?[0]?["code"] == "limit_full")
            #expect(reasons?[0]?["message"]?.stringValue?.contains("limit db: 1 of 1 are taken") == true)
        }
    }
}

import Domain
import JSON
import TestSupport
import Testing

@Suite struct TriggerFormTests {
    @Test(
        arguments: [
            (#"{}"#, "posture"), (#"{"posture": "Metric"}"#, "posture"), (#"{"type": "x"}"#, "type"),
            (#"{"posture": "Reactive", "within": -1}"#, "within"),
            (#"{"posture": "Reactive", "within": null}"#, ""), (#"{"posture": "Reactive", "within": 1e300}"#, "within"),
            (#"{"posture": "Proactive", "within": 9}"#, ""), (#"{"posture": "Reactive", "expect": "x"}"#, "expect"),
            (#"{"posture": "Reactive", "match": {"a": 1}}"#, "match.a"), (#"{"type": "compound"}"#, "triggers"),
            (#"{"type": "compound", "triggers": []}"#, "require"),
            (#"{"type": "compound", "triggers": [], "require": 0}"#, ""),
            (#"{"type": "compound", "triggers": [], "require": 1}"#, ""),
            (#"{"type": "compound", "triggers": [], "require": "some"}"#, "require"),
            (#"{"type": "sequence", "triggers": [{}]}"#, "triggers.0.posture"),
        ])
    func whatIsWrongIsNamed(_ text: String, _ place: String) throws {
        do {
            _ = try EventTriggerTests.read(try JSONValue(parsing: text))
            Issue.record("\(text) was taken")
        } catch let error as JSONReadingError {
            let path = error.path.map { component in
                switch component {
                case .key(let key): key
                case .index(let index): "\(index)"
                }
            }
            #expect(path.joined(separator: ".") == place)
        }
    }

    @Test func tooDeepIsRefused() throws {
        var json: JSONValue = ["posture": "Reactive"]
        for _ in 0..<12 { json = ["type": "sequence", "triggers": [json]] }
        #expect(throws: JSONReadingError.self) { try EventTriggerTests.read(json) }
        let wide: JSONValue = [
            "type": "sequence", "triggers": .array(Array(repeating: ["posture": "Reactive"], count: 300)),
        ]
        #expect(throws: JSONReadingError.self) { try EventTriggerTests.read(wide) }
    }

    /// All of the forms, as they are written.
    @Test(
        arguments: [
            #"{"type":"do-nothing"}"#, #"{"type":"cancel-flow-run"}"#, #"{"type":"suspend-flow-run"}"#,
            #"{"type":"resume-flow-run"}"#, #"{"type":"delete-flow-run"}"#,
            #"{"type":"run-deployment","source":"selected","deployment_id":"ID","parameters":{"a":1},"job_variables":null,"schedule_after":2.5}"#,
            #"{"type":"pause-deployment","source":"inferred","deployment_id":null}"#,
            #"{"type":"resume-deployment","source":"selected","deployment_id":"ID"}"#,
            #"{"type":"pause-work-pool","source":"inferred","work_pool_id":null}"#,
            #"{"type":"resume-work-pool","source":"selected","work_pool_id":"ID"}"#,
            #"{"type":"pause-work-queue","source":"selected","work_queue_id":"ID"}"#,
            #"{"type":"resume-work-queue","source":"inferred","work_queue_id":null}"#,
            #"{"type":"pause-automation","source":"selected","automation_id":"ID"}"#,
            #"{"type":"resume-automation","source":"inferred","automation_id":null}"#,
            #"{"type":"change-flow-run-state","name":"Broken","state":"FAILED","message":null,"force":true}"#,
            #"{"type":"call-webhook","block_document_id":"ID","payload":"{{ event.id }}"}"#,
            #"{"type":"send-notification","block_document_id":"ID","subject":"s","body":"b"}"#,
        ])
    func actionsAreWrittenAsTheyAreRead(_ text: String) throws {
        let text = text.replacing("ID", with: "01a1fbdd-5e19-7d24-b32f-3f1de5513202")
        let action = try AutomationAction(reading: JSONReader(try JSONValue(parsing: text)))
        #expect(action.json.serialized() == text)
    }

    @Test(
        arguments: [
            #"{}"#, #"{"type":"dance"}"#, #"{"type":"run-deployment"}"#,
            #"{"type":"pause-work-pool","source":"inferred","work_pool_id":"01a1fbdd-5e19-7d24-b32f-3f1de5513202"}"#,
            #"{"type":"pause-work-pool","source":"other"}"#, #"{"type":"change-flow-run-state","state":"DONE"}"#,
            #"{"type":"call-webhook"}"#, #"{"type":"run-deployment","source":"inferred","schedule_after":-1}"#,
        ])
    func whatIsNoActionIsRefused(_ text: String) throws {
        let json = try JSONValue(parsing: text)
        #expect(throws: JSONReadingError.self) { try AutomationAction(reading: JSONReader(json)) }
    }

    @Test func compositeTriggersAskForEnough() throws {
        let leaf: JSONValue = ["posture": "Reactive"]
        func composite(_ kind: String, _ require: JSONValue?) throws -> CompositeTrigger {
            var members: JSONObject = ["type": .string(kind), "triggers": [leaf, leaf, leaf]]
            members["require"] = require
            guard case .composite(let trigger) = try EventTriggerTests.read(.object(members)) else {
                throw CancellationError()
            }
            return trigger
        }
        let now = Timestamp(microseconds: 0)
        let all = try composite("compound", "all")
        let ids = all.triggers.map(\.id)
        #expect(Set(ids).count == 3)
        let times = { (trigger: CompositeTrigger, seconds: [Int?]) in
            Dictionary(
                uniqueKeysWithValues: zip(trigger.triggers.map(\.id), seconds).compactMap { id, second in
                    second.map { (id, now + .seconds($0)) }
                })
        }
        #expect(!all.isReady(after: times(all, [1, nil, 2])) && all.isReady(after: times(all, [3, 2, 1])))
        let any = try composite("compound", "any")
        #expect(any.firingsNeeded == 1)
        let two = try composite("compound", 2)
        #expect(!two.isReady(after: times(two, [nil, nil, 2])) && two.isReady(after: times(two, [3, nil, 1])))
        let sequence = try composite("sequence", nil)
        #expect(!sequence.isReady(after: times(sequence, [3, 2, 1])))
        #expect(!sequence.isReady(after: times(sequence, [1, 2, nil])))
        #expect(sequence.isReady(after: times(sequence, [1, 2, 3])))
    }
}

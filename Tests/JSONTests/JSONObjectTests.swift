import JSON
import TestSupport
import Testing

@Suite struct JSONObjectTests {
    @Test func keepsTheOrderOfInsertion() throws {
        let object = try #require(JSONValue(parsing: #"{"b":1,"a":2,"c":3,"b":4}"#).objectValue)
        #expect(object.keys == ["b", "a", "c"])
        #expect(object.values == [4, 2, 3])
        #expect(object["b"] == 4)
    }

    @Test func orderDoesNotMatterForEquality() {
        let left: JSONObject = ["a": 1, "b": [true, .null]]
        let right: JSONObject = ["b": [true, .null], "a": 1]
        #expect(left == right)
        #expect(left.hashValue == right.hashValue)
        #expect(left != ["a": 1])
        #expect(left != ["a": 1, "c": [true, .null]])
    }

    @Test func canonicallyEquivalentKeysDiffer() throws {
        let value = try JSONValue(parsing: #"{"\u00e9":1,"e\u0301":2}"#)
        #expect(value.objectValue?.count == 2)
        #expect(value["\u{e9}"] == 1)
        #expect(value["e\u{301}"] == 2)
        #expect(JSONValue("\u{e9}") != JSONValue("e\u{301}"))
    }

    @Test func merging() {
        let merged = (["a": 1, "b": 2] as JSONObject).merging(["b": 3, "c": 4])
        #expect(JSONValue.object(merged).serialized() == #"{"a":1,"b":3,"c":4}"#)
    }

    /// Against a list of pairs, through every size at which the object changes how it looks keys up.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func behavesLikeAListOfPairs(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var object = JSONObject()
        var model: [(String, JSONValue)] = []
        for step in 0..<3_000 {
            let key = "key\(Int.random(in: 0..<60, using: &random))"
            let place = model.firstIndex { $0.0 == key }
            if Int.random(in: 0..<5, using: &random) < 3 {
                object[key] = JSONValue(step)
                if let place { model[place].1 = JSONValue(step) } else { model.append((key, JSONValue(step))) }
            } else {
                #expect(object.removeValue(forKey: key) == place.map { model.remove(at: $0).1 })
            }
            #expect(object.contains(key: key) == model.contains { $0.0 == key })
        }
        #expect(object.keys == model.map(\.0))
        #expect(object.values == model.map(\.1))
        #expect(model.allSatisfy { object[$0.0] == $0.1 })
    }

    @Test func accessors() {
        let value: JSONValue = ["list": [1, 2.5, "x"], "yes": true, "none": .null]
        #expect(value["list"]?[0]?.intValue == 1)
        #expect(value["list"]?[1]?.doubleValue == 2.5)
        #expect(value["list"]?[2]?.stringValue == "x")
        #expect(value["list"]?[3] == nil)
        #expect(value["list"]?[-1] == nil)
        #expect(value["yes"]?.boolValue == true)
        #expect(value["none"]?.isNull == true)
        #expect(value["absent"] == nil)
        #expect(value[0] == nil)
    }
}

import Testing

@testable import APIClient

@Suite struct EventParserTests {
    private func parse(_ text: String) -> [ServerEvent] {
        var parser = EventParser()
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().compactMap {
            parser.take(String($0))
        }
    }

    @Test func `An event is complete at an empty line`() {
        #expect(parse("event: state\ndata: {}\nid: 7\n\n") == [ServerEvent(name: "state", data: "{}", lastID: "7")])
        #expect(parse("event: state\ndata: {}\n").isEmpty)
    }

    @Test func `Data of several lines are one text, and the name is message where none is given`() {
        #expect(parse("data: a\ndata:b\ndata\n\n") == [ServerEvent(data: "a\nb\n")])
    }

    @Test func `One blank after the colon is not part of the value`() {
        #expect(parse("data:  a: b\n\n") == [ServerEvent(data: " a: b")])
    }

    @Test func `Comments, unknown fields and events without data say nothing`() {
        #expect(parse(": still here\n\nretry: 5\nevent: x\n\n").isEmpty)
    }

    @Test func `The last id stays until there is another, and no zero byte comes into it`() {
        let events = parse("id: 1\ndata: a\n\ndata: b\n\nid: 2\u{0}\ndata: c\n\nid\ndata: d\n\n")
        #expect(events.map(\.lastID) == ["1", "1", "1", ""])
    }

    @Test func `A name does not stay for the next event`() {
        #expect(parse("event: a\ndata: 1\n\ndata: 2\n\n").map(\.name) == ["a", "message"])
    }
}

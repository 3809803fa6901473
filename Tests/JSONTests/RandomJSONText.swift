import TestSupport

/// Makes texts that are JSON, in all its spellings, and texts that nearly are.
struct RandomJSONText {
    private var random: SeededGenerator
    private var bytes: [UInt8] = []

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    /// Half of the texts are JSON; the others were, until some bytes of them changed.
    mutating func next() -> [UInt8] {
        bytes = []
        space()
        value(depth: 4)
        space()
        if chance(2) {
            for _ in 0..<below(3) + 1 { mutate() }
        }
        return bytes
    }

    private mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }
    private mutating func chance(_ one: Int) -> Bool { below(one) == 0 }

    private mutating func pick(_ texts: [String]) -> String { texts[below(texts.count)] }

    private mutating func write(_ text: String) { bytes += Array(text.utf8) }

    private mutating func space() {
        while chance(4) { write(pick([" ", "\t", "\n", "\r", "\r\n"])) }
    }

    private mutating func value(depth: Int) {
        switch below(depth > 0 ? 8 : 5) {
        case 0: write(pick(["null", "true", "false"]))
        case 1, 2: number()
        case 3, 4: string()
        case 5, 6: list("[", "]") { $0.value(depth: depth - 1) }
        default:
            list("{", "}") { text in
                if text.chance(3) { text.write("\"k\"") } else { text.string() }
                text.space()
                text.write(":")
                text.space()
                text.value(depth: depth - 1)
            }
        }
    }

    private mutating func list(_ open: String, _ close: String, _ member: (inout RandomJSONText) -> Void) {
        write(open)
        space()
        let count = below(5)
        for place in 0..<count {
            if place > 0 {
                write(",")
                space()
            }
            member(&self)
            space()
        }
        write(close)
    }

    private mutating func number() {
        if chance(3) { write("-") }
        write(pick(["0", "1", "7", "10", "9223372036854775807", "9223372036854775808", "18446744073709551616"]))
        if chance(3) { write("." + pick(["0", "5", "00", "125", "333333333333333333333"])) }
        if chance(4) { write(pick(["e", "E"]) + pick(["", "+", "-"]) + pick(["0", "1", "05", "400"])) }
    }

    private mutating func string() {
        write("\"")
        for _ in 0..<below(6) {
            switch below(8) {
            case 0: write("\\" + pick(["\"", "\\", "/", "b", "f", "n", "r", "t"]))
            case 1: write("\\u" + pick(["0000", "001f", "0041", "00E9", "20ac", "FFFF", "d834\\uDD1E", "dbff\\udfff"]))
            case 2: write(pick(["é", "e\u{301}", "€", "𝄞", "\u{7f}", "\u{2028}", "\u{10ffff}", "\u{feff}"]))
            case 3: write(pick(["//", "/*", "#", "'", "{", "]", ":"]))
            default: write(pick(["a", "b", "key", " "]))
            }
        }
        write("\"")
    }

    private mutating func mutate() {
        let place = below(bytes.count)
        switch below(5) {
        case 0: bytes[place] = UInt8(below(256))
        case 1: bytes.remove(at: place)
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + below(4) + 1))
        case 3:
            let token = pick([
                ",", ":", "[", "]", "{", "}", "\"", "\\", "0", "-", "+", ".", "e", "\\u", "\\ud800", "\\udc00", "NaN",
                "Infinity", "\u{feff}", "\u{0}", "\u{b}", "\u{a0}", "tru", "nul", "1", "01", "//", "'",
            ])
            bytes.insert(contentsOf: token.utf8, at: place)
        default:
            let bad: [[UInt8]] = [[0x80], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]]
            bytes.insert(contentsOf: bad[below(bad.count)], at: place)
        }
        if bytes.isEmpty { bytes = [0x20] }
    }
}

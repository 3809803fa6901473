/// Labels of host names in ASCII (RFC 3492), without the prefix `xn--`.
enum Punycode {
    private static let base = 36
    private static let firstThreshold = 1
    private static let lastThreshold = 26

    /// How the digits of one number weigh (RFC 3492 §3.4); adapts to what was read or written so far.
    private struct Bias {
        private var value = 72
        private var isFirst = true

        /// Below this a digit is the last of its number.
        func threshold(at position: Int) -> Int {
            min(max(base * (position + 1) - value, firstThreshold), lastThreshold)
        }

        mutating func adapt(to delta: Int, count: Int) {
            var delta = isFirst ? delta / 700 : delta / 2
            isFirst = false
            delta += delta / count
            var steps = 0
            while delta > (base - firstThreshold) * lastThreshold / 2 {
                delta /= base - firstThreshold
                steps += base
            }
            value = steps + (base - firstThreshold + 1) * delta / (delta + 38)
        }
    }

    /// Nil if the text is not Punycode.
    static func decoded(_ text: Substring.UTF8View) -> [Unicode.Scalar]? {
        let hyphen = text.lastIndex(of: UInt8(ascii: "-"))
        var scalars = hyphen.map { text[..<$0].map { Unicode.Scalar($0) } } ?? []
        var rest = hyphen.map { text[text.index(after: $0)...] } ?? text
        var (code, place) = (128, 0)
        var bias = Bias()
        while !rest.isEmpty {
            guard let delta = takeNumber(&rest, bias) else { return nil }
            bias.adapt(to: delta, count: scalars.count + 1)
            place += delta
            code += place / (scalars.count + 1)
            place %= scalars.count + 1
            guard let scalar = UInt32(exactly: code).flatMap(Unicode.Scalar.init) else { return nil }
            scalars.insert(scalar, at: place)
            place += 1
        }
        return scalars
    }

    private static func takeNumber(_ rest: inout Substring.UTF8View, _ bias: Bias) -> Int? {
        var (number, weight) = (0, 1)
        for position in 0... {
            // A number that no code point needs is refused before it overflows.
            guard let byte = rest.popFirst(), let digit = digit(byte), weight < 1 << 40 else { return nil }
            number += digit * weight
            let threshold = bias.threshold(at: position)
            if digit < threshold { return number }
            weight *= base - threshold
        }
        return nil
    }

    private static func digit(_ byte: UInt8) -> Int? {
        if byte.isDigit { return Int(byte - UInt8(ascii: "0")) + 26 }
        return byte.isLetter ? Int((byte | 0x20) - UInt8(ascii: "a")) : nil
    }

    /// Nil if the label is too long for any host name.
    static func encoded(_ label: [Unicode.Scalar]) -> [UInt8]? {
        guard label.count <= 63 else { return nil }
        var text = label.filter(\.isASCII).map { UInt8($0.value) }
        var written = text.count
        if written > 0 { text.append(UInt8(ascii: "-")) }
        var (code, delta) = (128 as UInt32, 0)
        var bias = Bias()
        while let next = label.map(\.value).filter({ $0 >= code }).min() {
            delta += Int(next - code) * (written + 1)
            for scalar in label {
                if scalar.value < next { delta += 1 }
                guard scalar.value == next else { continue }
                append(delta, bias, to: &text)
                written += 1
                bias.adapt(to: delta, count: written)
                delta = 0
            }
            delta += 1
            code = next + 1
        }
        return text
    }

    private static func append(_ number: Int, _ bias: Bias, to text: inout [UInt8]) {
        var rest = number
        for position in 0... {
            let threshold = bias.threshold(at: position)
            guard rest >= threshold else { break }
            text.append(byte(threshold + (rest - threshold) % (base - threshold)))
            rest = (rest - threshold) / (base - threshold)
        }
        text.append(byte(rest))
    }

    private static func byte(_ digit: Int) -> UInt8 {
        digit < 26 ? UInt8(ascii: "a") + UInt8(digit) : UInt8(ascii: "0") + UInt8(digit - 26)
    }
}

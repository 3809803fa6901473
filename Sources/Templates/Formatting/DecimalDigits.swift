/// A finite number in decimal digits, all of them, to be rounded as a whole.
struct DecimalDigits {
    private(set) var isNegative: Bool
    /// From 0 to 9, without leading zeros; none for zero.
    private(set) var digits: [UInt8]
    /// Where the decimal point stands, counted from before the first digit.
    private(set) var point: Int

    /// The exact worth of a number; that of zero for one that is not finite.
    init(_ number: Double) {
        isNegative = number.sign == .minus
        let magnitude = number.isFinite ? number.magnitude : 0
        let significand = magnitude.significandBitPattern | (magnitude.isNormal ? 1 << 52 : 0)
        let exponent = magnitude == 0 ? 0 : Int(max(magnitude.exponentBitPattern, 1)) - 1_075
        // m × 2^-n is m × 5^n with the point moved by n.
        let whole = Self.product(significand, of: exponent < 0 ? 5 : 2, toThe: exponent.magnitude)
        digits = Array(whole.drop { $0 == 0 })
        point = digits.isEmpty ? 0 : digits.count + min(0, exponent)
    }

    init(_ number: Int128) {
        isNegative = number < 0
        digits = number == 0 ? [] : number.magnitude.description.utf8.map { $0 - UInt8(ascii: "0") }
        point = digits.count
    }

    /// The digits of `number` × `factor`^`exponent`.
    private static func product(_ number: UInt64, of factor: UInt64, toThe exponent: UInt) -> [UInt8] {
        let limit: UInt64 = 1_000_000_000
        var limbs = [number % limit, number / limit % limit, number / limit / limit]
        var rest = exponent
        while rest > 0 {
            // 5^12 and 2^12 leave room for the carry.
            let step = min(rest, 12)
            let power = (0..<step).reduce(1) { product, _ in product * factor }
            var carry: UInt64 = 0
            for place in limbs.indices {
                let value = limbs[place] * power + carry
                limbs[place] = value % limit
                carry = value / limit
            }
            if carry > 0 { limbs.append(carry) }
            rest -= step
        }
        return limbs.reversed().flatMap { limb in
            let text = String(limb)
            return Array(repeating: 0, count: 9 - text.utf8.count) + text.utf8.map { $0 - UInt8(ascii: "0") }
        }
    }

    /// To so many digits, half to even; none or fewer leave zero or one digit.
    func rounded(toDigits count: Int) -> DecimalDigits {
        guard count < digits.count else { return self }
        var rounded = self
        rounded.digits = Array(digits.prefix(max(0, count)))
        guard count >= 0 else { return rounded.zeroed }
        let isOdd = (rounded.digits.last ?? 0) % 2 == 1
        let isAboveHalf = digits[count] > 5 || (digits[count] == 5 && digits[(count + 1)...].contains { $0 > 0 })
        if isAboveHalf || (digits[count] == 5 && isOdd) { rounded.increment() }
        return rounded.digits.isEmpty ? rounded.zeroed : rounded
    }

    /// To so many decimals, which may be fewer than none.
    func rounded(toDecimals count: Int) -> DecimalDigits {
        let (kept, overflow) = point.addingReportingOverflow(count)
        return rounded(toDigits: overflow ? .max : kept)
    }

    /// Times ten to the power of `places`.
    func movingPoint(by places: Int) -> DecimalDigits {
        var moved = self
        if !digits.isEmpty { moved.point += places }
        return moved
    }

    private var zeroed: DecimalDigits {
        var zero = self
        (zero.digits, zero.point) = ([], 0)
        return zero
    }

    private mutating func increment() {
        var place = digits.count - 1
        while place >= 0, digits[place] == 9 {
            digits[place] = 0
            place -= 1
        }
        if place >= 0 {
            digits[place] += 1
        } else {
            digits.insert(1, at: 0)
            point += 1
        }
    }

    /// Without sign, and with so many decimals; zeros follow where there are no more digits.
    func fixedText(decimals: Int) -> String {
        let rounded = rounded(toDecimals: decimals)
        func digit(_ place: Int) -> String { rounded.digits.indices.contains(place) ? "\(rounded.digits[place])" : "0" }
        let whole = rounded.point > 0 ? (0..<rounded.point).map(digit).joined() : "0"
        guard decimals > 0 else { return whole }
        return "\(whole).\((rounded.point..<rounded.point + decimals).map(digit).joined())"
    }

    /// Without sign, one digit before the point and so many behind it, and the exponent.
    func exponentText(decimals: Int) -> String {
        let rounded = rounded(toDigits: decimals + 1)
        let exponent = rounded.digits.isEmpty ? 0 : rounded.point - 1
        let padded = rounded.digits + Array(repeating: 0, count: max(0, decimals + 1 - rounded.digits.count))
        let fraction = decimals > 0 ? "." + padded[1...decimals].map(\.description).joined() : ""
        let magnitude = String(exponent.magnitude)
        let sign = exponent < 0 ? "-" : "+"
        return "\(padded[0])\(fraction)e\(sign)\(magnitude.count < 2 ? "0" : "")\(magnitude)"
    }

    /// Without sign, in the shorter of both notations, with so many digits at most.
    func generalText(digits count: Int, keepsZeros: Bool) -> String {
        let count = max(1, count)
        let rounded = rounded(toDigits: count)
        let exponent = rounded.digits.isEmpty ? 0 : rounded.point - 1
        let isFixed = (-4..<count).contains(exponent)
        let text =
            isFixed
            ? fixedText(decimals: count - 1 - exponent) : exponentText(decimals: count - 1)
        guard !keepsZeros, text.contains(".") else { return text }
        let parts = text.split(separator: "e")
        var mantissa = parts[0]
        while mantissa.last == "0" { mantissa.removeLast() }
        if mantissa.last == "." { mantissa.removeLast() }
        return ([mantissa] + parts.dropFirst()).joined(separator: "e")
    }
}

extension Evaluation {
    mutating func calculate(_ operation: ArithmeticOperator, _ left: Value, _ right: Value) throws(TemplateError)
        -> Value
    {
        try spend(1)
        if case .modulo = operation, let format = left.string {
            let text = try percentFormat(format, right)
            return left.isMarkup ? .markup(text) : .text(text)
        }
        for operand in [left, right] {
            if case .undefined(let reason) = operand { throw failure(reason) }
        }
        if let left = left.integer, let right = right.integer { return try calculate(operation, left, right) }
        if let left = left.double, let right = right.double { return .float(try calculate(operation, left, right)) }
        if let value = try calculateSequence(operation, left, right) { return try checked(value) }
        throw failure("'\(operation.rawValue)' does not take '\(left.typeName)' and '\(right.typeName)'")
    }

    private func calculate(
        _ operation: ArithmeticOperator, _ left: Int128, _ right: Int128
    ) throws(TemplateError) -> Value {
        let result: (partialValue: Int128, overflow: Bool)
        switch operation {
        case .add: result = left.addingReportingOverflow(right)
        case .subtract: result = left.subtractingReportingOverflow(right)
        case .multiply: result = left.multipliedReportingOverflow(by: right)
        case .divide: return .float(try calculate(.divide, Double(left), Double(right)))
        case .divideDown:
            guard right != 0 else { throw failure("division by zero") }
            result = left.dividedReportingOverflow(by: right)
            let isInexact = !result.overflow && left % right != 0
            if isInexact, (left < 0) != (right < 0) { return .integer(result.partialValue - 1) }
        case .modulo:
            guard right != 0 else { throw failure("division by zero") }
            result = left.remainderReportingOverflow(dividingBy: right)
            if result.partialValue != 0, (left < 0) != (right < 0) { return .integer(result.partialValue + right) }
        case .power:
            guard right >= 0 else { return .float(try calculate(.power, Double(left), Double(right))) }
            return .integer(try power(left, right))
        }
        if result.overflow { throw failure("a number that is too large") }
        return .integer(result.partialValue)
    }

    private func power(_ number: Int128, _ exponent: Int128) throws(TemplateError) -> Int128 {
        if number == 0 || number == 1 { return exponent == 0 ? 1 : number }
        if number == -1 { return exponent % 2 == 0 ? 1 : -1 }
        var result: Int128 = 1
        for _ in 0..<min(exponent, 128) {
            let (product, overflow) = result.multipliedReportingOverflow(by: number)
            if overflow { throw failure("a number that is too large") }
            result = product
        }
        return result
    }

    private func calculate(
        _ operation: ArithmeticOperator, _ left: Double, _ right: Double
    ) throws(TemplateError) -> Double {
        switch operation {
        case .add: return left + right
        case .subtract: return left - right
        case .multiply: return left * right
        case .power: return try power(left, right)
        default: break
        }
        guard right != 0 else { throw failure("division by zero") }
        let remainder = left.truncatingRemainder(dividingBy: right)
        let modulus = remainder != 0 && (remainder < 0) != (right < 0) ? remainder + right : remainder
        return switch operation {
        case .divide: left / right
        case .divideDown: ((left - modulus) / right).rounded()
        default: modulus == 0 ? Double(signOf: right, magnitudeOf: 0) : modulus
        }
    }

    /// Whole exponents only, and square roots.
    private func power(_ number: Double, _ exponent: Double) throws(TemplateError) -> Double {
        if exponent == 0.5, number >= 0 { return number.squareRoot() }
        guard exponent == exponent.rounded(), exponent.magnitude < 0x1p52 else {
            throw failure("a power with a fraction is not supported")
        }
        if number == 0, exponent < 0 { throw failure("zero has no negative power") }
        var result = 1.0
        var factor = number
        var rest = UInt64(exponent.magnitude)
        while rest > 0 {
            if rest & 1 == 1 { result *= factor }
            factor *= factor
            rest >>= 1
        }
        if number.isFinite, !result.isFinite { throw failure("a number that is too large") }
        return exponent < 0 ? 1 / result : result
    }

    /// What operators do with text and lists; nil if they do nothing with these.
    private mutating func calculateSequence(
        _ operation: ArithmeticOperator, _ left: Value, _ right: Value
    ) throws(TemplateError) -> Value? {
        switch (operation, left, right) {
        case (.add, _, _) where left.string != nil && right.string != nil: return try sum(left, right)
        case (.add, .list(let left), .list(let right)):
            try spend(left.values.count + right.values.count)
            return .list(left.values + right.values)
        case (.add, .tuple(let left), .tuple(let right)):
            try spend(left.values.count + right.values.count)
            return .tuple(left.values + right.values)
        case (.multiply, _, _):
            if let count = right.integer { return try repeated(left, count) }
            return try left.integer.map { count throws(TemplateError) in try repeated(right, count) } ?? nil
        default: return nil
        }
    }

    private mutating func repeated(_ value: Value, _ count: Int128) throws(TemplateError) -> Value? {
        let count = max(0, Int(clamping: count))
        let size = value.string?.utf8.count ?? value.elements?.count ?? 0
        try spend(size.multipliedReportingOverflow(by: count).overflow ? .max : size * count)
        let times = size == 0 ? 0 : count
        switch value {
        case .text(let text): return .text(String(repeating: text, count: times))
        case .markup(let text): return .markup(String(repeating: text, count: times))
        case .list(let elements): return .list((0..<times).flatMap { _ in elements.values })
        case .tuple(let elements): return .tuple((0..<times).flatMap { _ in elements.values })
        default: return nil
        }
    }

    func negative(_ value: Value) throws(TemplateError) -> Value {
        if let integer = value.integer, integer != .min { return .integer(-integer) }
        if let double = value.double { return .float(-double) }
        throw noNumber(value)
    }

    func positive(_ value: Value) throws(TemplateError) -> Value {
        if let integer = value.integer { return .integer(integer) }
        guard let double = value.double else { throw noNumber(value) }
        return .float(double)
    }

    func noNumber(_ value: Value) -> TemplateError {
        if case .undefined(let reason) = value { return failure(reason) }
        return failure("a '\(value.typeName)' is no number")
    }

    /// The texts of all values in a row.
    mutating func joined(_ values: [Value]) throws(TemplateError) -> String {
        var whole = ""
        for value in values {
            let part = try text(of: value)
            try spend(part.utf8.count)
            whole += part
        }
        return whole
    }

    /// The sum of two texts. If one of them is markup, the other is escaped.
    private mutating func sum(_ left: Value, _ right: Value) throws(TemplateError) -> Value {
        guard left.isMarkup || right.isMarkup else { return .text(try joined([left, right])) }
        return .markup(try joined([escaped(left), escaped(right)]))
    }

    private func escaped(_ value: Value) -> Value {
        value.isMarkup ? value : .text((value.string ?? "").escapedForHTML)
    }
}

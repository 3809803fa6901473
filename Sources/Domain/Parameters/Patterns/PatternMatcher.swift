/// Runs a program over a text by backtracking, and counts its steps. Its stack is on the heap: a long text or a hostile
/// pattern costs steps, never the thread's stack.
struct PatternMatcher {
    private let program: PatternProgram
    private let text: [Unicode.Scalar]
    /// How many steps are left.
    private(set) var steps: Int
    /// Positions that the program keeps; -1 where there is none.
    private var slots: [Int]
    private var choices: [Choice] = []

    /// What to do when the way taken fails.
    private enum Choice {
        case resume(at: Int, position: Int)
        case restore(slot: Int, value: Int)
        /// A greedy run gives one scalar back, down to `shortest`.
        case shorten(next: Int, shortest: Int, position: Int)
        /// A lazy run takes one scalar more, up to `longest`.
        case lengthen(next: Int, set: ScalarSet, longest: Int, position: Int)
    }

    init(program: PatternProgram, text: [Unicode.Scalar], steps: Int) {
        self.program = program
        self.text = text
        self.steps = steps
        slots = [Int](repeating: -1, count: program.slotCount)
    }

    mutating func occurs() throws(PatternExhausted) -> Bool {
        for start in 0...(program.isAnchored ? 0 : text.count) where try runs(from: 0, at: start, endingAt: nil) {
            return true
        }
        return false
    }

    private mutating func spend(_ count: Int) throws(PatternExhausted) {
        guard steps > count else {
            steps = 0
            throw PatternExhausted()
        }
        steps -= count
    }

    /// Whether the instructions from `start` on reach an `accept` (at the position `end`, if that is given).
    private mutating func runs(from start: Int, at position: Int, endingAt end: Int?) throws(PatternExhausted) -> Bool {
        let base = choices.count
        var (counter, position) = (start, position)
        while true {
            try spend(1)
            if case .accept = program.instructions[counter], end == nil || end == position {
                keepOnlyRestorations(above: base)
                return true
            }
            if let next = try step(counter, &position) {
                counter = next
            } else if let choice = backtrack(to: base) {
                (counter, position) = choice
            } else {
                return false
            }
        }
    }

    /// Executes one instruction; answers the next one's place, or nil if this way fails.
    private mutating func step(_ counter: Int, _ position: inout Int) throws(PatternExhausted) -> Int? {
        switch program.instructions[counter] {
        case .scalar(let set):
            guard position < text.count, set.contains(text[position]) else { return nil }
            position += 1
            return counter + 1
        case .run(let set, let count):
            return try run(set, count, next: counter + 1, &position) ? counter + 1 : nil
        case .split(let first, let second):
            choices.append(.resume(at: second, position: position))
            return first
        case .jump(let target):
            return target
        case .save(let slot):
            set(slot, to: position)
            return counter + 1
        case .forget(let range):
            for slot in range where slots[slot] >= 0 { set(slot, to: -1) }
            return counter + 1
        case .requireProgress(let slot):
            return slots[slot] == position ? nil : counter + 1
        case .assertion(let assertion):
            return holds(assertion, at: position) ? counter + 1 : nil
        case .backReference(let slot, let ignoresCase):
            return try repeats(slot, ignoresCase: ignoresCase, &position) ? counter + 1 : nil
        case .look(let isBehind, let isNegated, let next):
            return try looks(from: counter + 1, at: position, isBehind: isBehind) != isNegated ? next : nil
        case .accept:
            return nil
        }
    }

    private mutating func set(_ slot: Int, to value: Int) {
        choices.append(.restore(slot: slot, value: slots[slot]))
        slots[slot] = value
    }

    /// Takes back what was done since the last choice that has another way to go, and answers that way.
    private mutating func backtrack(to base: Int) -> (Int, Int)? {
        while choices.count > base, let choice = choices.popLast() {
            switch choice {
            case .restore(let slot, let value):
                slots[slot] = value
            case .resume(let counter, let position):
                return (counter, position)
            case .shorten(let next, let shortest, let position):
                if position - 1 > shortest {
                    choices.append(.shorten(next: next, shortest: shortest, position: position - 1))
                }
                return (next, position - 1)
            case .lengthen(let next, let set, let longest, let position):
                guard set.contains(text[position]) else { continue }
                if position + 1 < longest {
                    choices.append(.lengthen(next: next, set: set, longest: longest, position: position + 1))
                }
                return (next, position + 1)
            }
        }
        return nil
    }

    /// A look-around that succeeded is not tried another way, but what its groups matched is undone with the rest.
    private mutating func keepOnlyRestorations(above base: Int) {
        var kept = base
        for place in base..<choices.count {
            guard case .restore = choices[place] else { continue }
            choices[kept] = choices[place]
            kept += 1
        }
        choices.removeLast(choices.count - kept)
    }

    private mutating func run(
        _ set: ScalarSet, _ count: PatternCount, next: Int, _ position: inout Int
    ) throws(PatternExhausted) -> Bool {
        let limit = min(text.count, count.most.map { position + $0 } ?? text.count)
        let least = position + count.least
        guard least <= limit else { return false }
        var end = position
        while end < (count.isLazy ? least : limit), set.contains(text[end]) { end += 1 }
        try spend((end - position) / 8)
        guard end >= least else { return false }
        if count.isLazy, end < limit {
            choices.append(.lengthen(next: next, set: set, longest: limit, position: end))
        } else if !count.isLazy, end > least {
            choices.append(.shorten(next: next, shortest: least, position: end))
        }
        position = end
        return true
    }

    private mutating func repeats(
        _ slot: Int, ignoresCase: Bool, _ position: inout Int
    ) throws(PatternExhausted) -> Bool {
        let (start, end) = (slots[slot], slots[slot + 1])
        guard start >= 0, end >= start else { return true }
        guard position + end - start <= text.count else { return false }
        try spend((end - start) / 8)
        for place in start..<end {
            let (left, right) = (text[place], text[position + place - start])
            guard left == right || ignoresCase && left.caseVariants.contains(where: right.caseVariants.contains)
            else { return false }
        }
        position += end - start
        return true
    }

    private mutating func looks(from start: Int, at position: Int, isBehind: Bool) throws(PatternExhausted) -> Bool {
        guard isBehind else { return try runs(from: start, at: position, endingAt: nil) }
        for begin in stride(from: position, through: 0, by: -1)
        where try runs(from: start, at: begin, endingAt: position) {
            return true
        }
        return false
    }

    private func holds(_ assertion: PatternAssertion, at position: Int) -> Bool {
        switch assertion {
        case .textStart: position == 0
        case .textEnd: position == text.count
        case .lineStart: position == 0 || ScalarSet.lineTerminator.contains(text[position - 1])
        case .lineEnd: position == text.count || ScalarSet.lineTerminator.contains(text[position])
        case .wordBoundary: isWord(position - 1) != isWord(position)
        case .noWordBoundary: isWord(position - 1) == isWord(position)
        }
    }

    private func isWord(_ position: Int) -> Bool {
        text.indices.contains(position) && ScalarSet.word.contains(text[position])
    }
}

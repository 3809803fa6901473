/// A pattern compiled to instructions for ``PatternMatcher``.
struct PatternProgram: Sendable {
    enum Instruction: Sendable {
        /// One scalar of the set.
        case scalar(ScalarSet)
        /// As many scalars of the set as the count allows.
        case run(ScalarSet, PatternCount)
        /// Goes on at the first place, and at the second if that fails.
        case split(Int, Int)
        case jump(Int)
        /// Keeps the position in a slot.
        case save(Int)
        /// Forgets what groups matched, as each round of a repetition begins without it.
        case forget(Range<Int>)
        /// Fails if nothing was matched since the position was kept in the slot: a repetition of nothing never ends.
        case requireProgress(Int)
        case assertion(PatternAssertion)
        /// What stands between two slots.
        case backReference(Int, ignoresCase: Bool)
        /// Looks around by the instructions that follow up to an `accept`, then goes on at `next`.
        case look(isBehind: Bool, isNegated: Bool, next: Int)
        case accept
    }

    /// What one pattern may grow to when its counted repetitions are written out.
    private static let largest = 20_000
    private static let tooLarge = PatternError(reason: "the pattern is too large", offset: 0)

    private(set) var instructions: [Instruction] = []
    private(set) var slotCount: Int
    /// Whether a match can only begin where the text does.
    private(set) var isAnchored = false
    /// Nodes compiled so far: a repetition of nothing costs time without growing the program.
    private var visits = 0

    init(compiling node: PatternNode, groups: Int) throws(PatternError) {
        slotCount = 2 * (groups + 1)
        try compile(node)
        instructions.append(.accept)
        if case .assertion(.textStart) = instructions[0] { isAnchored = true }
    }

    private mutating func emit(_ instruction: Instruction) throws(PatternError) {
        guard instructions.count < Self.largest else { throw Self.tooLarge }
        instructions.append(instruction)
    }

    private mutating func compile(_ node: PatternNode) throws(PatternError) {
        visits += 1
        guard visits <= Self.largest else { throw Self.tooLarge }
        switch node {
        case .set(let set):
            try emit(.scalar(set))
        case .sequence(let nodes):
            for node in nodes { try compile(node) }
        case .choice(let branches):
            try compile(branches: branches)
        case .repetition(.set(let set), let count):
            try emit(.run(set, count))
        case .repetition(let body, let count):
            try compile(body, repeated: count)
        case .group(let body, let number):
            try emit(.save(2 * number))
            try compile(body)
            try emit(.save(2 * number + 1))
        case .backReference(let number, let ignoresCase):
            try emit(.backReference(2 * number, ignoresCase: ignoresCase))
        case .assertion(let assertion):
            try emit(.assertion(assertion))
        case .look(let body, let isBehind, let isNegated):
            let place = instructions.count
            try emit(.accept)
            try compile(body)
            try emit(.accept)
            instructions[place] = .look(isBehind: isBehind, isNegated: isNegated, next: instructions.count)
        }
    }

    private mutating func compile(branches: [PatternNode]) throws(PatternError) {
        var jumps: [Int] = []
        for branch in branches.dropLast() {
            let split = instructions.count
            try emit(.accept)
            try compile(branch)
            jumps.append(instructions.count)
            try emit(.accept)
            instructions[split] = .split(split + 1, instructions.count)
        }
        if let last = branches.last { try compile(last) }
        for jump in jumps { instructions[jump] = .jump(instructions.count) }
    }

    /// Writes the body out as often as it must occur, then a loop, or as often again as it may.
    private mutating func compile(_ body: PatternNode, repeated count: PatternCount) throws(PatternError) {
        if count.most == 0 { return }
        let groups = body.groups
        for _ in 0..<count.least {
            if let groups { try emit(.forget(groups)) }
            try compile(body)
        }
        let progress = slotCount
        slotCount += 1
        guard let most = count.most else {
            let split = try round(of: body, groups: groups, progress: progress)
            try emit(.jump(split))
            finish(split, isLazy: count.isLazy)
            return
        }
        var splits: [Int] = []
        for _ in count.least..<most {
            splits.append(try round(of: body, groups: groups, progress: progress))
        }
        for split in splits { finish(split, isLazy: count.isLazy) }
    }

    /// Writes one round that may be left out, and answers where the split is that ``finish`` completes.
    private mutating func round(
        of body: PatternNode, groups: Range<Int>?, progress: Int
    ) throws(PatternError) -> Int {
        let split = instructions.count
        try emit(.accept)
        if let groups { try emit(.forget(groups)) }
        try emit(.save(progress))
        try compile(body)
        try emit(.requireProgress(progress))
        return split
    }

    private mutating func finish(_ split: Int, isLazy: Bool) {
        let (round, end) = (split + 1, instructions.count)
        instructions[split] = isLazy ? .split(end, round) : .split(round, end)
    }
}

extension PatternNode {
    /// The slots of the groups within.
    fileprivate var groups: Range<Int>? {
        switch self {
        case .set, .backReference, .assertion: nil
        case .sequence(let nodes), .choice(let nodes): Self.union(nodes.map(\.groups))
        case .repetition(let node, _), .look(let node, _, _): node.groups
        case .group(let node, let number): Self.union([2 * number..<2 * number + 2, node.groups])
        }
    }

    private static func union(_ ranges: [Range<Int>?]) -> Range<Int>? {
        let ranges = ranges.compactMap { $0 }
        guard let lower = ranges.map(\.lowerBound).min(), let upper = ranges.map(\.upperBound).max() else { return nil }
        return lower..<upper
    }
}

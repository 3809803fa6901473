import Domain

/// Colours and weights of a terminal, or nothing of the kind.
struct Style: Sendable {
    enum Ink: String {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case blue = "34"
        case magenta = "35"
        case cyan = "36"
    }

    let isOn: Bool

    func callAsFunction(_ ink: Ink?, _ text: String) -> String {
        guard isOn, let ink, !text.isEmpty else { return text }
        return "\u{1B}[\(ink.rawValue)m\(text)\u{1B}[0m"
    }

    /// The colour of a state, the same everywhere.
    static func ink(of state: StateType) -> Ink {
        switch state {
        case .completed: .green
        case .failed, .crashed: .red
        case .running: .blue
        case .pending, .cancelling: .cyan
        case .scheduled: .yellow
        case .cancelled, .paused: .magenta
        }
    }
}

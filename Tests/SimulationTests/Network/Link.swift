/// The network between one host's agent and the server: a connection at a time, in order in each direction, as TCP and
/// ZeroMQ give it. When it breaks, what is on its way may be lost, and either side learns of it in its own time.
struct Link {
    /// A frame on its way.
    struct Parcel {
        let frame: [UInt8]
        let isToServer: Bool
        let connection: Int
    }

    /// Nothing passes, though nobody knows yet.
    var isCut = false
    /// The connection that stands, counted from 1; it grows with each that is made and each that breaks.
    var number = 0
    /// What the agent believes.
    var agentSide: Int?
    /// What the server's router believes.
    var serverSide: Int?
    var isConnecting = false
    /// When the last frame arrives, in microseconds: none overtakes another.
    var lastToServer: Int64 = 0
    var lastToAgent: Int64 = 0
    /// What waits for the end of the cut.
    var held: [Parcel] = []
}

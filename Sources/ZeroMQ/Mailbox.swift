/// What a socket's thread shares with the rest of the program; everything else of a socket is the thread's alone.
final class Mailbox<Item: Parcel>: Sendable {
    let outbox: Outbox<Item>
    let inbox: Inbox<Item>
    let wakeUp: WakeUp
    let termination = Termination()

    init(_ options: SocketOptions) throws(ZeroMQError) {
        wakeUp = try WakeUp()
        outbox = Outbox(limit: options.sendQueueLimit, wakeUp: wakeUp)
        inbox = Inbox(limit: options.receiveQueueLimit, wakeUp: wakeUp)
    }

    func send(_ item: Item, message: Message) throws(ZeroMQError) {
        guard !message.frames.isEmpty else { throw .emptyMessage }
        try outbox.append(item)
    }

    func close() async {
        outbox.close()
        await termination.wait()
    }
}

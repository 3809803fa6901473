extension ID {
    /// When the id was made, to the millisecond; nothing for ids of other versions than 7, which do not tell.
    public var time: Timestamp? {
        guard high >> 12 & 0xF == 7 else { return nil }
        return Timestamp(microseconds: Int64(high >> 16) * 1000)
    }
}

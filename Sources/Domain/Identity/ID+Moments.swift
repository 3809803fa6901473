extension ID {
    /// An id before all that were made at that moment or later, and after all that were made earlier; milliseconds of
    /// it count.
    public static func first(at moment: Timestamp) -> ID {
        let milliseconds = UInt64(clamping: moment.microseconds / 1000) & 0xFFFF_FFFF_FFFF
        return ID(high: milliseconds << 16, low: 0)
    }
}

import Domain
public import JSON

/// Which things something is to be done to, all at once.
public struct BulkRequest: JSONReadable, Sendable {
    /// To how many at most: as Prefect's server has it.
    public static let most = 50

    let filters: RelatedFilters
    let limit: Int

    /// Reads the request as clients write it.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        filters = try RelatedFilters(reading: reader)
        limit = try ListLimits.number(reader, "limit", in: 1...Self.most) ?? Self.most
    }
}

/// Which runs are to be counted, over which time.
public struct HistoryRequest: JSONReadable, Sendable {
    /// How many spans there are at most: as Prefect's server has it.
    static let mostSpans = 500
    /// Some centuries, so that no sum of spans is beyond what time can be told.
    private static let longestSpan: Double = 1e10

    let filters: RelatedFilters
    let start: Timestamp
    public let span: Duration
    /// How many spans there are: one at least.
    let count: Int

    /// Reads the request as clients write it.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        filters = try RelatedFilters(reading: reader)
        start = try reader.required("history_start")
        let end: Timestamp = try reader.required("history_end")
        span = .seconds(min(max(try reader.required("history_interval_seconds"), 0), Self.longestSpan))
        let whole = (end - start).inSeconds / max(span.inSeconds, 1)
        count = max(1, Int(min(whole.rounded(.up), Double(Self.mostSpans))))
    }
}

/// Which runs are to be drawn, and in which order.
public struct RunMarksRequest: JSONReadable, Sendable {
    private static let most = 1000

    let filters: RelatedFilters
    let order: FlowRunOrder
    let limit: Int
    let offset: Int

    /// Reads the request as clients write it.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        filters = try RelatedFilters(reading: reader)
        order = try reader.optional("sort") ?? .expectedStartDescending
        limit = try ListLimits.number(reader, "limit", in: 0...Self.most) ?? Self.most
        offset = try ListLimits.offset(reader)
    }
}

public import JSON
import Storage

/// A list of what runs are made of, or wait in.
public typealias ListRequest<Order: ListOrder> = FilteredRequest<RelatedFilters, Order>

/// A list as it is asked for: which, in which order, and which part of it.
public struct FilteredRequest<Filters: JSONReadable & Sendable, Order: ListOrder>: JSONReadable, Sendable {
    public var filters: Filters
    public var order: Order
    /// At most `ListLimits.most`.
    public let limit: Int
    public let offset: Int

    /// Reads the request as clients write it.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        filters = try Filters(reading: reader)
        order = try reader.optional("sort") ?? .standard
        limit = try ListLimits.limit(reader, from: 0)
        offset = try ListLimits.offset(reader)
    }

    func query(_ condition: Condition) -> Query {
        Query(condition, order: order.columns, limit: limit, offset: offset)
    }
}

/// A page of a list as it is asked for; pages are counted from 1.
public struct PageRequest<Order: ListOrder>: JSONReadable, Sendable {
    public let filters: RelatedFilters
    public let order: Order
    /// How many a page has; from 1 to `ListLimits.most`.
    public let limit: Int
    /// Which page, from 1.
    public let page: Int

    /// Reads the request as clients write it.
    public init(reading reader: JSONReader) throws(JSONReadingError) {
        filters = try RelatedFilters(reading: reader)
        order = try reader.optional("sort") ?? .standard
        limit = try ListLimits.limit(reader, from: 1)
        page = try ListLimits.number(reader, "page", in: 1...Int(Int32.max)) ?? 1
    }

    func query(_ condition: Condition) -> Query {
        Query(condition, order: order.columns, limit: limit, offset: (page - 1) * limit)
    }
}

/// A page of a list.
public struct Page<Element: Sendable>: Sendable {
    public let elements: [Element]
    /// How many there are on all pages.
    public let count: Int
    public let limit: Int
    public let page: Int

    /// How many pages there are.
    public var pages: Int { limit > 0 ? (count + limit - 1) / limit : 0 }
}

/// How much of a list may be asked for at once.
public enum ListLimits {
    /// As Prefect's server has it.
    public static let most = 200

    /// The member `limit`, or what stands for one that is absent.
    public static func limit(_ reader: JSONReader, from least: Int) throws(JSONReadingError) -> Int {
        try number(reader, "limit", in: least...most) ?? most
    }

    /// The member `offset`: how many of the list are passed over.
    public static func offset(_ reader: JSONReader) throws(JSONReadingError) -> Int {
        try number(reader, "offset", in: 0...Int(Int32.max)) ?? 0
    }

    /// The member `key`, a number in `range`; nothing if it is absent.
    public static func number(
        _ reader: JSONReader, _ key: String, in range: ClosedRange<Int>
    ) throws(JSONReadingError) -> Int? {
        guard let member = try reader.optional(key) else { return nil }
        let number = try member.int
        guard number >= range.lowerBound else {
            throw member.error(
                "greater_than_equal", "Input should be greater than or equal to \(range.lowerBound)")
        }
        guard number <= range.upperBound else {
            throw member.error("less_than_equal", "Input should be less than or equal to \(range.upperBound)")
        }
        return number
    }
}

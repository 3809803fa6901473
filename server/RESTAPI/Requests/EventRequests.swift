import Domain
import JSON
import Orchestration

/// What `/events/filter` is asked for.
struct EventListBody: JSONReadable, Sendable {
    /// How many events a page has at most: as Prefect's server has it.
    static let pageLimit = 50

    let filter: EventFilter
    let limit: Int
    /// The filter as it was written.
    fileprivate let text: JSONValue

    init(reading reader: JSONReader) throws(JSONReadingError) {
        filter = try reader.optional("filter") ?? EventFilter()
        text = try reader.optional("filter")?.value ?? [:]
        let member = try reader.optional("limit")
        limit = try member?.int ?? Self.pageLimit
        if let member, !(0...Self.pageLimit).contains(limit) {
            throw limit < 0
                ? member.error("greater_than_equal", "Input should be greater than or equal to 0")
                : member.error("less_than_equal", "Input should be less than or equal to \(Self.pageLimit)")
        }
    }
}

/// What `/events/count-by/…` is asked for.
struct EventCountBody: JSONReadable, Sendable {
    let filter: EventFilter
    let unit: EventTimeUnit
    let interval: Double

    init(reading reader: JSONReader) throws(JSONReadingError) {
        filter = try reader.required("filter")
        unit = try reader.optional("time_unit") ?? .day
        let member = try reader.optional("time_interval")
        interval = try member?.double ?? 1
        if let member, interval < 0.01 {
            throw member.error("greater_than_equal", "Input should be greater than or equal to 0.01")
        }
    }
}

extension EventTimeUnit: JSONReadable {}

/// Where a page of events goes on, with what was asked for: what `page-token` carries, as JSON in hexadecimal digits.
struct EventPageToken: LosslessStringConvertible, Sendable {
    let body: EventListBody
    let cursor: EventCursor
    /// How many events there are on all pages: the same on each of them.
    let total: Int

    init(body: EventListBody, cursor: EventCursor, total: Int) {
        self.body = body
        self.cursor = cursor
        self.total = total
    }

    init?(_ description: String) {
        let digits = description.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == description.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
        let bytes = stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
        guard
            let value = try? JSONValue(parsing: String(decoding: bytes, as: UTF8.self)),
            let body = try? EventListBody(reading: JSONReader(value)),
            let time = value["occurred"]?.stringValue.flatMap({ Timestamp($0) }),
            let id = value["id"]?.stringValue.flatMap({ ID<Event>($0) }),
            let total = value["total"]?.intValue
        else { return nil }
        self.init(body: body, cursor: EventCursor(occurred: time, id: id), total: total)
    }

    var description: String {
        let value: JSONValue = [
            "filter": body.text, "limit": body.limit.json, "occurred": cursor.occurred.json, "id": cursor.id.json,
            "total": total.json,
        ]
        let digits = Array("0123456789abcdef")
        return String(value.serializedBytes().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}

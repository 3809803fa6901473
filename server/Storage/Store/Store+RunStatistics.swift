public import Domain

/// Runs that statistics are made of.
public enum CountedRuns: String, Sendable {
    case flowRuns = "run"
    case taskRuns = "task_run"

    /// When the present state was entered.
    private var entered: String { self == .flowRuns ? "run_state.timestamp" : "task_run.state_time" }

    fileprivate var source: String { self == .flowRuns ? Store.runWithState : rawValue }

    fileprivate var counted: Condition {
        self == .flowRuns ? Store.isVisible : .test("task_run.state_type IS NOT NULL", [])
    }

    /// Time in RUNNING; `?` is now.
    fileprivate var runTime: String {
        """
        \(rawValue).total_run_time + CASE WHEN \(rawValue).state_type = 'RUNNING' AND \(entered) < CAST(? AS BIGINT)
            THEN CAST(? AS BIGINT) - \(entered) ELSE 0 END
        """
    }

    /// How late a run is, or was; `?` is now.
    fileprivate var lateness: String {
        """
        CASE WHEN \(rawValue).start_time > \(rawValue).expected_start
                THEN \(rawValue).start_time - \(rawValue).expected_start
            WHEN \(rawValue).start_time IS NULL AND \(rawValue).expected_start < CAST(? AS BIGINT)
                AND \(rawValue).state_type NOT IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED')
                THEN CAST(? AS BIGINT) - \(rawValue).expected_start
            ELSE 0 END
        """
    }
}

extension Store {
    private static func type(_ name: String) throws(StorageError) -> StateType {
        guard let type = StateType(rawValue: name) else { throw .corrupt("no state has the type \(name)") }
        return type
    }

    /// The visible runs that a query asks for, as marks.
    public func runMarks(_ query: Query, at now: Timestamp) throws(StorageError) -> [RunMark] {
        let time = Array(repeating: SQLValue.time(now), count: 4)
        return try statistics(
            of: .flowRuns,
            """
            run.id, run.state_type, coalesce(run.start_time, run.expected_start), \(CountedRuns.flowRuns.runTime),
            \(CountedRuns.flowRuns.lateness)
            """,
            time, query.condition, rest: "ORDER BY \(query.order) LIMIT ? OFFSET ?",
            [.int(query.limit), .int(query.offset)]
        ).decoded { reader throws(StorageError) in
            RunMark(
                id: try reader.id(), type: try Self.type(try reader.text()), time: try reader.time(),
                runTime: try reader.span(), lateness: try reader.span())
        }
    }

    /// How many of the runs are expected in each span of time, by state. Spans without runs are left out.
    ///
    /// - Parameters:
    ///   - start: where the first span begins.
    ///   - count: how many spans there are.
    public func runSpans(
        of runs: CountedRuns, _ condition: Condition, from start: Timestamp, each span: Duration, count: Int,
        at now: Timestamp
    ) throws(StorageError) -> [RunSpan] {
        let end = start + .microseconds(span.wholeMicroseconds * Int64(count))
        let inside = Condition.test(
            "\(runs.rawValue).expected_start >= ? AND \(runs.rawValue).expected_start < ?", [.time(start), .time(end)])
        let number = "(\(runs.rawValue).expected_start - CAST(? AS BIGINT)) / CAST(? AS BIGINT)"
        return try statistics(
            of: runs,
            """
            \(number), \(runs.rawValue).state_type, \(runs.rawValue).state_name, count(*),
            CAST(sum(\(runs.runTime)) AS BIGINT), CAST(sum(\(runs.lateness)) AS BIGINT)
            """,
            [.time(start), .span(span)] + Array(repeating: SQLValue.time(now), count: 4), .all([condition, inside]),
            rest: "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3", []
        ).decoded { reader throws(StorageError) in
            RunSpan(
                number: try reader.int(), type: try Self.type(try reader.text()), name: try reader.text(),
                count: try reader.int(), runTime: try reader.span(), lateness: try reader.span())
        }
    }

    /// How late the visible runs are on average, in seconds; nothing if there are none.
    public func meanLateness(_ condition: Condition, at now: Timestamp) throws(StorageError) -> Double? {
        let found = try statistics(
            of: .flowRuns,
            "count(*), coalesce(CAST(sum(\(CountedRuns.flowRuns.lateness)) AS DOUBLE PRECISION), 0)",
            [.time(now), .time(now)], condition, rest: "", []
        ).decoded { reader throws(StorageError) in (count: try reader.int(), sum: try reader.real()) }
        return found.first.flatMap { $0.count > 0 ? $0.sum / Double($0.count) / 1e6 : nil }
    }

    /// Of each of these flows, the visible run that is due next, if one waits for its time.
    public func nextRuns(of flows: [ID<Flow>]) throws(StorageError) -> [NextRun] {
        let waiting = Condition.all([
            .isAny("run.flow_id", of: flows.map { .id($0) }), .test("run.state_type = 'SCHEDULED'", []),
            .test("run.due IS NOT NULL", []), Self.isVisible,
        ])
        var values: [SQLValue] = []
        let condition = waiting.sql(&values)
        return try connection.run(
            """
            SELECT id, flow_id, name, state_type, state_name, due FROM (
                SELECT run.id, run.flow_id, run.name, run.state_type, run.state_name, run.due,
                    row_number() OVER (PARTITION BY run.flow_id ORDER BY run.due, run.id) AS place
                FROM run WHERE \(condition)) AS ranked
            WHERE place = 1
            """, values
        ).decoded { reader throws(StorageError) in
            NextRun(
                id: try reader.id(), flowID: try reader.id(), name: try reader.text(),
                stateType: try Self.type(try reader.text()), stateName: try reader.text(), due: try reader.time())
        }
    }

    /// How many deployments each of these flows has; those without any are left out.
    public func deploymentCounts(of flows: [ID<Flow>]) throws(StorageError) -> [ID<Flow>: Int] {
        var values: [SQLValue] = []
        let condition = Condition.isAny("flow_id", of: flows.map { .id($0) }).sql(&values)
        let pairs = try connection.run(
            "SELECT flow_id, count(*) FROM deployment WHERE \(condition) GROUP BY flow_id", values
        ).decoded { reader throws(StorageError) in (try reader.id(Flow.self), try reader.int()) }
        return Dictionary(pairs, uniquingKeysWith: +)
    }

    /// `columns` and `rest` of the runs that count and that `condition` holds for. A `?` in either stands for the next of its
    /// values.
    private func statistics(
        of runs: CountedRuns, _ columns: String, _ columnValues: [SQLValue], _ condition: Condition, rest: String,
        _ restValues: [SQLValue]
    ) throws(StorageError) -> [Row] {
        var values: [SQLValue] = []
        let columns = Condition.test(columns, columnValues).sql(&values)
        let chosen = Condition.all([condition, runs.counted]).sql(&values)
        let rest = Condition.test(rest, restValues).sql(&values)
        return try connection.run("SELECT \(columns) FROM \(runs.source) WHERE \(chosen) \(rest)", values)
    }
}

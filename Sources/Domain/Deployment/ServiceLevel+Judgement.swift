extension ServiceLevel {
    /// Since when a run has been beyond the time that it may execute for; nothing if it is not.
    ///
    /// - Parameters:
    ///   - start: when it was first executed.
    ///   - end: when it ended, if it has.
    public func overlong(from start: Timestamp, to end: Timestamp?, at now: Timestamp) -> Timestamp? {
        guard let duration else { return nil }
        let limit = start + duration
        return (end ?? now) > limit ? limit : nil
    }

    /// Since when a run has been beyond the time in which it has to begin; nothing if it is not.
    ///
    /// - Parameters:
    ///   - marked: when it was marked late.
    ///   - begun: when it began, if it has.
    public func overdue(since marked: Timestamp, begun: Timestamp?, at now: Timestamp) -> Timestamp? {
        guard let late else { return nil }
        let limit = marked + late
        return (begun ?? now) > limit ? limit : nil
    }
}

/// What comes of looking for completed runs that are not there.
public struct AbsenceVerdict: Sendable, Hashable {
    /// Since when there should have been one, each time that is to be told.
    public var breaches: [Timestamp] = []
    /// Up to when all has been told: what is looked at the next time begins here.
    public var judged: Timestamp
    /// When something may be missing next; nothing for never.
    public var next: Timestamp?
}

extension ServiceLevel.Absence {
    /// As many times of day as are told of at once, at most: the latest ones, when nobody has looked for longer.
    public static let mostAtOnce = 31

    /// Looks whether a run is missing. Nothing is told twice, however often and late one looks.
    ///
    /// - Parameters:
    ///   - judged: up to when all has been told; at first, since when this has been expected.
    ///   - zone: the zone of its name.
    ///   - latest: when the last run completed in a stretch of time: after its beginning, not after its end.
    public func judge(
        from judged: Timestamp, at now: Timestamp, in zone: TimeZoneRules,
        latest: (_ after: Timestamp, _ through: Timestamp) throws -> Timestamp?
    ) rethrows -> AbsenceVerdict {
        switch self {
        case .longerThan(let span): try judge(span, from: judged, at: now, latest)
        case .by(let time): try judge(time.schedule, from: judged, at: now, in: zone, latest)
        }
    }

    private func judge(
        _ span: Duration, from judged: Timestamp, at now: Timestamp,
        _ latest: (Timestamp, Timestamp) throws -> Timestamp?
    ) rethrows -> AbsenceVerdict {
        let since = try latest(judged, now) ?? judged
        let times = (now - since).wholeMicroseconds / max(span.wholeMicroseconds, 1)
        guard times > 0 else { return AbsenceVerdict(judged: since, next: since + span) }
        // Of more such times that have passed unseen, the first is told.
        let told = since + .microseconds(times * span.wholeMicroseconds)
        return AbsenceVerdict(breaches: [since + span], judged: told, next: told + span)
    }

    private func judge(
        _ schedule: Schedule, from judged: Timestamp, at now: Timestamp, in zone: TimeZoneRules,
        _ latest: (Timestamp, Timestamp) throws -> Timestamp?
    ) rethrows -> AbsenceVerdict {
        var verdict = AbsenceVerdict(judged: judged)
        var due: [Timestamp] = []
        for moment in schedule.fires(after: judged, in: zone) {
            guard moment <= now else {
                verdict.next = moment
                break
            }
            due.append(moment)
            if due.count > Self.mostAtOnce { due.removeFirst() }
        }
        for (index, moment) in due.enumerated() {
            let before = index > 0 ? due[index - 1] : schedule.previous(before: moment, in: zone)
            if try latest(before ?? Timestamp(microseconds: 0), moment) == nil { verdict.breaches.append(moment) }
        }
        verdict.judged = due.last ?? judged
        return verdict
    }
}

extension Schedule {
    /// The last fire before a moment: it is looked for in the days before, then in the weeks, then in the years.
    fileprivate func previous(before moment: Timestamp, in zone: TimeZoneRules) -> Timestamp? {
        for days: Int64 in [2, 9, 400] {
            let fires = fires(
                after: moment - .seconds(days * 86_400), until: moment - .microseconds(1), in: zone)
            if let last = fires.reduce(nil, { _, fire in fire as Timestamp? }) { return last }
        }
        return nil
    }
}

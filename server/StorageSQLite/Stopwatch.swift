/// Time that passed since some fixed moment.
typealias Stopwatch = @Sendable () -> Duration

/// Time since the start of the program's first look at it, by a clock that nobody can set.
let monotonicStopwatch: Stopwatch = {
    let origin = ContinuousClock.now
    return { origin.duration(to: .now) }
}()

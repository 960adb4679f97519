/// Time since its creation, by a clock of any kind.
struct Stopwatch: Sendable {
  private let read: @Sendable () -> Duration

  var elapsed: Duration { read() }

  init(_ clock: any Clock<Duration>) { self = Self.make(clock) }

  private init(read: @escaping @Sendable () -> Duration) { self.read = read }

  private static func make<C: Clock<Duration>>(_ clock: C) -> Stopwatch {
    let start = clock.now
    return Stopwatch { start.duration(to: clock.now) }
  }
}

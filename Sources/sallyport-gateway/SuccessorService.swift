import Glibc
import Logging
import SallyportConfig
import SallyportCore
import SallyportGateway
import SallyportStore
import ServiceLifecycle
import UnixSignals

/// Replaces this process by a new one when SIGUSR2 asks for it: the same program by the path that it
/// was started with, with the same arguments, and with this process's listening sockets.
///
/// The new process serves before this one stops to: no connection is refused in between. Where it
/// does not come to serve, because its configuration or its program is broken, this one goes on.
struct SuccessorService: Service, CustomStringConvertible {
  /// How long a successor may take until it serves; opening and migrating the store is part of it.
  private static let patience = Duration.seconds(60)

  let gateway: Gateway
  let sockets: [NamedSocket]
  let line: SuccessionLine
  let program: ProgramStart
  let notifier: ServiceNotifier
  /// Called once, when the successor is ready: has this process accept no more.
  let stopAccepting: @Sendable () async -> Void
  /// Called once, when the successor serves.
  let onHandover: @Sendable () -> Void
  let logger: Logger

  var description: String { "successor" }

  /// Returns once a successor serves, which is to end this process; or when the process stops.
  func run() async throws {
    for await _ in await UnixSignalsSequence(trapping: .sigusr2).cancelOnGracefulShutdown() {
      guard getpid() != 1 else {
        logger.error(
          "process 1 cannot be replaced: its container would end with it; start another container")
        continue
      }
      notifier.reloading()
      do {
        let process = try await start()
        await stopAccepting()
        gateway.succession.release()
        gateway.succession.handOver()
        onHandover()
        notifier.replaced(by: process.id)
        logger.notice(
          "a new process serves; this one finishes what is open",
          metadata: ["process": "\(process.id)"])
        return
      } catch {
        notifier.ready()
        logger.error(
          "the new process did not come to serve, this one goes on",
          metadata: ["error": "\(error)", "program": "\(program.path)"])
      }
    }
  }

  /// - Throws: ``ErrorReport`` where the new process does not serve; it has ended then.
  private func start() async throws -> SuccessorProcess {
    let offer = SuccessorOffer(
      clockOrigin: gateway.now.milliseconds - BootClock.milliseconds,
      sockets: sockets.map { .init(name: $0.name, address: $0.address.description) })
    let ends = try LineEnds()
    let process = try SuccessorProcess(
      program, offer: offer, line: ends.theirs, sockets: sockets.map(\.socket))
    let (events, source) = AsyncStream<SuccessionLine.Event>.makeStream(
      bufferingPolicy: .bufferingOldest(2))
    line.add(ends.giveOurs()) { source.yield($0) }
    let event = await cancelWhenGracefulShutdown { await firstEvent(of: events) }
    guard event != .ready else { return process }
    let end = await process.end(atOnce: event == nil)
    throw ErrorReport(
      event == nil ? "it did not serve within \(Self.patience.components.seconds) s" : end,
      exitCode: ExitCode.failure)
  }

  /// - Returns: Nil where none came in time.
  private func firstEvent(
    of events: AsyncStream<SuccessionLine.Event>
  ) async -> SuccessionLine.Event? {
    await withTaskGroup(of: SuccessionLine.Event?.self) { group in
      group.addTask {
        for await event in events { return event }
        return nil
      }
      group.addTask {
        try? await Task.sleep(for: Self.patience)
        return nil
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
  }
}

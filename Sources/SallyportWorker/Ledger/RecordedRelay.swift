import Logging
import SallyportCore
import SallyportLedger
import SallyportRelay

/// Opens sealed channels and records them: with whom, and how many bytes went each way.
struct RecordedRelay: Sendable {
  let ledger: any LedgerRecording
  let attempt: AttemptID
  let logger: Logger

  /// - Throws: ``AttemptFailure`` where the channel cannot be recorded: nothing goes through it.
  func withSealedChannel(
    _ request: RelayRequest, through dialer: any SealedDialer,
    _ body: (any SealedChannel) async throws -> Void
  ) async throws {
    let meter = RelayMeter()
    var peer: SPIFFEID?
    do {
      try await dialer.withSealedChannel(request) { channel in
        do throws(LedgerError) {
          try await ledger.append(
            LedgerRelay(.opened, peer: channel.peer.spiffeID, attempt: attempt))
        } catch {
          throw AttemptFailure(
            "nothing was fetched: the worker's ledger cannot record it: \(error)")
        }
        peer = channel.peer.spiffeID
        try await body(MeteredChannel(base: channel, meter: meter))
      }
    } catch {
      await ended(peer, meter, reason: oneLine("\(error)"))
      throw error
    }
    await ended(peer, meter, reason: nil)
  }

  private func ended(_ peer: SPIFFEID?, _ meter: RelayMeter, reason: String?) async {
    guard let peer else {
      return ledger.note(LedgerRelay(.refused, attempt: attempt, reason: reason))
    }
    do throws(LedgerError) {
      try await ledger.append(
        LedgerRelay(
          .closed, peer: peer, attempt: attempt, bytesIn: meter.bytesToWorker,
          bytesOut: meter.bytesToAgent, reason: reason))
    } catch {
      logger.error("end of a relay not recorded", metadata: ["error": "\(error)"])
    }
  }
}

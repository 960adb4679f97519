import Logging
import ServiceLifecycle
import Synchronization

/// Records the peers whom a listener turned away before any call: no certificate, one of another CA,
/// one that has expired or is not for this listener. What is recorded is logged as well, because no
/// tenant's operator sees the record.
///
/// A flood of them costs neither memory nor disk: few wait to be recorded, what does not fit is
/// counted, and the audit log's own budget comes after that.
package final class RefusedPeers: Service, CustomStringConvertible {
  private struct Refusal: Sendable {
    let listener: String
    let remote: String
    let reason: String
  }

  /// Refusals that wait to be recorded.
  private static let capacity = 256

  private let audit: AuditLog
  private let logger: Logger
  private let waiting: AsyncStream<Refusal>
  private let source: AsyncStream<Refusal>.Continuation
  private let dropped = Mutex(0)

  package var description: String { "refused peers" }

  init(audit: AuditLog, logger: Logger) {
    self.audit = audit
    self.logger = logger
    (waiting, source) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.capacity))
  }

  /// From any thread; returns at once.
  package func note(listener: String, remote: String, reason: String) {
    let refusal = Refusal(listener: listener, remote: remote, reason: reason)
    if case .dropped = source.yield(refusal) { dropped.withLock { $0 += 1 } }
  }

  package func run() async throws {
    await cancelWhenGracefulShutdown {
      for await refusal in self.waiting { await self.record(refusal) }
    }
  }

  private func record(_ refusal: Refusal) async {
    let missed = dropped.withLock { dropped in
      defer { dropped = 0 }
      return dropped
    }
    let note = missed == 0 ? "" : " (\(missed) more were not noted)"
    do {
      let isRecorded = try await audit.deny(
        tenant: nil, actor: "", action: "connection.open", object: refusal.listener,
        detail: "from \(refusal.remote): \(refusal.reason)\(note)")
      guard isRecorded else { return }
      logger.notice(
        "peer refused",
        metadata: [
          "listener": "\(refusal.listener)", "remote": "\(refusal.remote)",
          "reason": "\(refusal.reason)",
        ])
    } catch {
      logger.error("a refused peer was not recorded", metadata: ["error": "\(error)"])
    }
  }
}

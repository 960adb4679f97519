import SallyportCore
import SallyportProtos
import SallyportStore
import SwiftProtobuf

/// The messages that a gateway sends to a worker, each in one expression.
extension MessageToWorker {
  static func welcome(_ opening: WorkerSessionOpening, limits: GatewayLimits) -> Self {
    .with {
      $0.welcome = .with {
        $0.sessionID = opening.session.rawValue
        $0.pingInterval = .init(limits.pingInterval)
        $0.leaseDuration = .init(limits.leaseDuration)
        $0.leaseRenewInterval = .init(limits.leaseRenewInterval)
        $0.acceptTimeout = .init(limits.acceptTimeout)
        $0.staleAttempts = opening.stale.map { AttemptRef($0) }
        $0.externalID = opening.externalID
        if limits.retryWindow > .zero { $0.retryWindow = .init(limits.retryWindow) }
      }
    }
  }

  static func ping(_ nonce: UInt64) -> Self { .with { $0.ping = .with { $0.nonce = nonce } } }

  static func pong(_ nonce: UInt64) -> Self { .with { $0.pong = .with { $0.nonce = nonce } } }

  static func barrier(_ barrier: UInt64) -> Self {
    .with { $0.creditsBarrier = .with { $0.barrier = barrier } }
  }

  /// - Throws: Where the stored job cannot be decoded.
  static func offer(
    _ job: JobRecord, spec: [UInt8], externalID: String, sealed: Bool
  ) throws -> Self {
    let spec = try JobSpec(serializedBytes: spec)
    return .with {
      $0.offer = .with {
        $0.attempt = AttemptRef(job.attempt)
        $0.job = spec
        $0.submittedBy = job.submittedBy
        $0.externalID = externalID
        $0.sealed = sealed
      }
    }
  }

  static func withdrawn(_ attempt: AttemptID) -> Self {
    .with { $0.offerWithdrawn = .with { $0.attempt = AttemptRef(attempt) } }
  }

  static func cancel(_ attempt: AttemptID, reason: String) -> Self {
    .with {
      $0.cancel = .with {
        $0.attempt = AttemptRef(attempt)
        $0.reason = reason
      }
    }
  }

  /// The connection ends.
  static func drain(reason: String, grace: Duration) -> Self {
    .with {
      $0.drain = .with {
        $0.reason = reason
        $0.grace = .init(grace)
      }
    }
  }

  /// The worker takes nothing new, on whichever connection.
  static func drain(_ request: DrainRequest) -> Self {
    .with {
      $0.drain = .with {
        $0.reason = request.reason
        $0.restart = request.restart
        if let timeout = request.jobTimeout { $0.jobTimeout = .init(timeout) }
      }
    }
  }

  static func renewals(
    _ asked: [AttemptID], held: Set<AttemptID>, remaining: Duration
  ) -> Self {
    .with {
      $0.leasesRenewed = .with {
        $0.renewals = asked.map { attempt in
          .with {
            $0.attempt = AttemptRef(attempt)
            $0.renewed = held.contains(attempt)
            $0.remaining = .init(held.contains(attempt) ? remaining : .zero)
          }
        }
      }
    }
  }
}

package import SallyportStore

/// Intervals and bounds of the gateway. Every default is the one that docs/operations.md names.
package struct GatewayLimits: Sendable, Hashable {
  /// From the opening of a session to its Hello.
  package var helloTimeout: Duration = .seconds(10)
  /// Both sides of a session ping this often; two unanswered pings end it.
  package var pingInterval: Duration = .seconds(30)
  /// Over how long those who lose their connection spread their return; zero leaves it to them.
  package var retryWindow: Duration = .seconds(2)
  package var leaseDuration: Duration = .seconds(120)
  package var leaseRenewInterval: Duration = .seconds(20)
  /// How long an offer waits for its Accept.
  package var acceptTimeout: Duration = .seconds(15)
  /// How long a job that a worker rejected, or did not answer for, is not offered to it again.
  package var exclusionTime: Duration = .seconds(60)
  /// How often a job is offered before it fails.
  package var maximumOffers: UInt64 = 20
  /// How often expired leases and offers are looked for.
  package var sweepInterval: Duration = .seconds(1)
  /// How often the gateway looks for revocations that another process has made.
  package var revocationInterval: Duration = .seconds(5)
  /// How long a worker that is shut out, with what it runs, may take to be told.
  package var farewellTimeout: Duration = .seconds(2)
  /// How often the gateway notes that it is alive.
  package var heartbeatInterval: Duration = .seconds(5)
  /// What is left of a lease at least when the gateway starts, for the worker to come back in.
  package var restartGrace: Duration = .seconds(60)
  /// What the last Drain of a session names when the gateway stops: how long the listeners go on.
  package var drainGrace: Duration = .seconds(10)
  /// What a Drain names when a connection is to be replaced: how long it goes on.
  package var connectionGrace: Duration = .seconds(300)
  /// Messages that wait for a session's peer to read them, beside one for each of
  /// ``maximumAttemptsPerMessage`` attempts; one more ends the session. Half as many offers are
  /// unanswered at once.
  package var sessionQueue = 256
  /// Attempts that one message may name.
  package var maximumAttemptsPerMessage = 1_024
  /// Jobs or relays at once that a process may ask for.
  package var maximumCapacity: UInt32 = 1_024

  /// Bytes of what a page of a listing holds, about; its message is below the 4 MiB of gRPC.
  package var listingSize = 2 << 20

  /// Queued jobs of one pool.
  package var maximumQueuedJobs = 100_000
  /// Different selectors of one pool's queued jobs.
  package var maximumQueuedSelectors = 256
  /// Caps on jobs that are offered or running at once.
  package var running = RunningLimits()
  /// The highest cap that a pool or a tenant can be given.
  package var maximumRunningCap: UInt32 = 1_000_000
  /// Priorities go from this below zero to this above.
  package var maximumPriority: Int32 = 100
  package var maximumSelectorLabels = 16
  /// Bytes of a label's name, and of its value.
  package var maximumLabelSize = 255
  package var minimumQueueTimeout: Duration = .seconds(1)
  package var maximumQueueTimeout: Duration = .seconds(30 * 86_400)
  package var defaultRetryAttempts: UInt32 = 3
  package var maximumRetryAttempts: UInt32 = 100
  package var defaultRetryBackoff: Duration = .seconds(10)
  package var defaultMaximumRetryBackoff: Duration = .seconds(600)
  package var minimumRetryBackoff: Duration = .milliseconds(100)
  package var maximumRetryBackoff: Duration = .seconds(86_400)
  /// Bytes of one encoded job.
  package var maximumJobSize = 256 * 1_024
  package var defaultJobTimeout: Duration = .seconds(3_600)
  package var maximumJobTimeout: Duration = .seconds(7 * 86_400)

  /// Bytes of one chunk of a log.
  package var maximumLogChunk = 1 << 20
  /// Bytes of one attempt's log.
  package var maximumLogLength: UInt64 = 1 << 30
  /// Bytes of log in one message to a reader.
  package var logReadSize = 256 * 1_024

  package var defaultTokenLifetime: Duration = .seconds(3_600)
  package var maximumTokenLifetime: Duration = .seconds(30 * 86_400)
  package var maximumTokenUses: UInt32 = 1_000
  package var certificateLifetime: Duration = .seconds(24 * 3_600)
  package var operatorCertificateLifetime: Duration = .seconds(30 * 86_400)

  /// From OpenRelay to the agent's CONNECT.
  package var relayDeadline: Duration = .seconds(10)
  /// Relays that one job has open at once.
  package var maximumRelaysPerJob = 16
  /// Sent as `retry-after` where no agent is connected.
  package var relayRetryAfter: Duration = .seconds(2)

  /// Audit records of denials within ``auditInterval``, for each tenant and for callers without
  /// one. Further denials are counted, and the count is recorded.
  package var maximumDenialsRecorded = 600
  package var auditInterval: Duration = .seconds(60)

  package init() {}
}

extension GatewayLimits {
  /// How often a session looks at its deadlines.
  var sessionTick: Duration { min(helloTimeout, pingInterval) }

  /// A sweep may have a word for each attempt of a worker at once.
  var sessionCapacity: Int { sessionQueue + maximumAttemptsPerMessage }

  var maximumOpenOffers: Int { max(sessionQueue / 2, 1) }
}

package import SallyportSealing

/// How attempts are run on this worker.
package struct AttemptSettings: Sendable {
  /// The worker's own executable, which is started again as each job's supervisor.
  package var executable = "/proc/self/exe"
  /// Whether this process is a subreaper and starts nothing but supervisors, so that every other
  /// child of it is what a killed supervisor left; see ``WorkerProcess/prepare()``.
  package var adoptsOrphans = false
  /// Holds the workspaces of running attempts.
  package var workspaces: String
  /// Holds the logs of attempts that the gateway has not acknowledged.
  package var spools: String
  /// From SIGTERM to SIGKILL after a timeout.
  package var terminationGrace = Duration.seconds(10)
  /// From SIGTERM to SIGKILL after a cancellation.
  package var cancelGrace = Duration.seconds(5)
  /// Whether results name the commit that was checked out.
  package var reportsCommit = true
  package var secrets: SecretSettings
  package var spoolLimits = LogSpoolLimits()
  /// How what is sealed for the pool is opened; nil: not at all.
  package var sealedSecrets: SealedSecretSettings?
  /// Who can read logs; empty: the gateway and whoever it lets.
  package var logReaders: [SealingPublicKey] = []
  package var checkoutRetries = CheckoutRetries()
  /// Whether standard output and standard error of a job are one stream.
  package var mergesStreams = false
  /// Longest timeout that a job is given, whatever it asks for; the gateway gives every job one.
  /// Counted from the attempt's start, checkout included.
  static let maximumTimeout = Duration.seconds(7 * 86_400)

  package init(workspaces: String, spools: String) {
    self.workspaces = workspaces
    self.spools = spools
    secrets = SecretSettings(owner: workspaces)
  }
}

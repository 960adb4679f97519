import SallyportConfig
import SallyportCore
import SallyportEdge
import SallyportHealth
import SallyportPolicy
import SallyportPolicyAgent
import SallyportSealing
import SallyportSecrets
import SallyportWorker

/// Every configuration key of the worker.
enum WorkerCatalog: HealthSettingsCatalog {
  static let health = HealthSettings(defaultPort: 7447)
  static let displayName = Setting.optional(
    "display-name", .string(maximumLength: 255),
    "Name of this worker for people; the host's name where left out.")
  static let labels = Setting(
    "labels", .list(maximumCount: 64), default: [],
    "Labels of this worker, each as name=value.")
  static let capacity = Setting(
    "jobs.capacity", .integer(in: 1...1_024), default: 1, "Jobs that run at once.")
  static let terminationGrace = Setting(
    "jobs.termination-grace", .duration(atLeast: .zero, atMost: .seconds(600)),
    default: .seconds(10), "From SIGTERM to SIGKILL when a job has timed out.")
  static let cancelGrace = Setting(
    "jobs.cancel-grace", .duration(atLeast: .zero, atMost: .seconds(600)),
    default: .seconds(5), "From SIGTERM to SIGKILL when a job is cancelled.")
  static let once = Setting(
    "jobs.once", .boolean, default: false,
    "Whether to take a single job, whatever jobs.capacity says, and to exit with 0 once its result "
      + "and its log are delivered; also --once.")
  static let idleExit = Setting<Duration?>.optional(
    "jobs.idle-exit", .duration(atLeast: .seconds(1), atMost: .seconds(7 * 86_400)),
    "Without a job for this long the worker drains and exits with 0; also --idle-exit. Without it, "
      + "the worker waits for ever.")
  static let requireSignature = Setting(
    "require-signature", .boolean, default: false,
    "Whether only jobs run that a key of signing-keys.trusted has signed.")
  static let seenJobs = Setting<String?>.optional(
    "signing-keys.seen", .path,
    "Folder that remembers which signed jobs have run; workers that share one refuse each other's "
      + "jobs a second time. Without it, one in the state directory.")
  static let policyFile = Setting<String?>.optional(
    "policy.file", .path,
    "Admission policy, which decides what jobs run here; only its owner may be able to write it. "
      + "Read at the start and at SIGHUP. Without it, every job may run.")
  static let secretsFile = Setting<String?>.optional(
    "secrets.file", .path,
    "Where secrets come from and which jobs may have them (docs/secrets.md); only its owner may be "
      + "able to write it. Read at the start and at SIGHUP. Without it, a job that names a secret is "
      + "denied.")
  static let poolKeys = Setting(
    "secrets.pool-keys", .list(maximumCount: 16), default: [],
    "Files of X25519 private keys (PEM) that open secrets which are sealed for this worker's pool: "
      + "the current one, and earlier ones. Read at the start.")
  static let secretsDirectory = Setting(
    "secrets.directory", .path, default: "/dev/shm",
    "Where secrets that jobs get as files are kept while the job runs; a file system in memory "
      + "(tmpfs).")
  static let secretsAllowDisk = Setting(
    "secrets.allow-disk", .boolean, default: false,
    "Whether secrets.directory may be on a disk, where what was removed may still be found.")
  static let reportCommit = Setting(
    "jobs.report-commit", .boolean, default: true,
    "Whether the gateway is told which commit a job has checked out.")
  static let maximumFile = Setting(
    "checkout.maximum-file-size", .byteSize(in: (1 << 20)...(4 << 30)), default: 256 << 20,
    "Largest file that a checkout writes, and largest object that a fetch rebuilds from a delta; "
      + "both are held in memory. A repository beyond it fails its job.")
  static let maximumMirrors = Setting(
    "checkout.maximum-cache-size", .byteSize(in: 0...(1 << 50)), default: 64 << 30,
    "Mirrors of repositories that are kept for later jobs; beyond it, those used longest ago are "
      + "removed.")
  static let maximumLog = Setting(
    "logs.maximum-size", .byteSize(in: (1 << 20)...(1 << 40)), default: 1 << 30,
    "Log of one job; a job that writes more is killed and fails. The gateway stores no more than its "
      + "own logs.maximum-size: a job that goes on beyond that succeeds, with a log that is marked "
      + "incomplete.")
  static let maximumUnacknowledged = Setting(
    "logs.maximum-unacknowledged", .byteSize(in: (1 << 20)...(1 << 40)), default: 64 << 20,
    "Log of one job that waits for the gateway before the job's output is no longer read.")
  static let maximumSpool = Setting(
    "logs.maximum-spool", .byteSize(in: (1 << 20)...(1 << 50)), default: 8 << 30,
    "Logs of all jobs on the worker's disk, results not delivered yet included; beyond it only the "
      + "output of the job that began first is read.")
  static let sealLogsTo = Setting(
    "logs.seal-to", .list(maximumCount: 16), default: [],
    "Files of X25519 public keys (PEM), one each. Logs are sealed to them before they are written "
      + "anywhere: the gateway stores what it cannot read, and 'sallyport job logs --identity' opens "
      + "it. Read at the start. Without it, logs are not sealed.")
  static let mergeStreams = Setting(
    "logs.merge-streams", .boolean, default: false,
    "Whether what a job writes to standard error goes to its standard output, as with 2>&1: the log "
      + "is in the order in which it was written, and a secret is masked that has one half on each."
  )
  static let settleGrace = Setting(
    "shutdown.settle-grace", .duration(atLeast: .zero, atMost: .seconds(3_600)),
    default: .seconds(60),
    "How long results may take to reach the gateway after the last job, once the worker is to "
      + "stop.")

  static let schema = ConfigSchema(
    program: "sallyport-worker",
    settings: GatewaySettings.settings + [
      displayName, labels, capacity, terminationGrace, cancelGrace, once, idleExit,
      reportCommit, maximumFile, maximumMirrors, maximumLog, maximumUnacknowledged, maximumSpool,
      sealLogsTo, mergeStreams, settleGrace, requireSignature, seenJobs, policyFile, secretsFile,
      poolKeys,
      secretsDirectory, secretsAllowDisk,
    ] + PolicyAgentSettings.keys + SigningKeySettings.settings + LedgerConfiguration.settings
      + health.all
      + LoggingSetup.settings)

  /// - Returns: Nil without a policy file.
  static func policy(_ values: ConfigValues) throws(ConfigError) -> PolicySource? {
    guard let path = values[policyFile] else { return nil }
    return try PolicySource(path: path, for: .worker)
  }

  /// - Throws: ``ConfigError`` where a file is not that of a public key.
  static func logReaders(_ values: ConfigValues) throws(ConfigError) -> [SealingPublicKey] {
    do throws(SealingError) {
      return try values[sealLogsTo].map { (path) throws(SealingError) in
        try SealingPublicKey(file: path)
      }
    } catch {
      throw ConfigError(
        code: .invalidValue, origin: values.origin(of: sealLogsTo), key: sealLogsTo.name,
        expected: "files of X25519 public keys (PEM)", found: "another", hint: error.message)
    }
  }

  /// - Returns: Nil where there is no key.
  /// - Throws: ``ConfigError`` where a file is not that of a private key, or others may read it.
  static func sealedSecrets(
    _ values: ConfigValues, tenant: TenantName, pool: PoolName
  ) throws(ConfigError) -> SealedSecretSettings? {
    guard !values[poolKeys].isEmpty else { return nil }
    do throws(SealingError) {
      return SealedSecretSettings(
        tenant: tenant, pool: pool, keys: try SealingKeyring(files: values[poolKeys]))
    } catch {
      throw ConfigError(
        code: .invalidValue, origin: values.origin(of: poolKeys), key: poolKeys.name,
        expected: "files of X25519 private keys (PEM)", found: "another", hint: error.message)
    }
  }

  /// - Returns: Nil without a secrets file.
  static func secrets(_ values: ConfigValues) throws(ConfigError) -> SecretCatalogSource? {
    guard let path = values[secretsFile] else { return nil }
    return try SecretCatalogSource(path: path)
  }

  /// - Throws: ``ConfigError`` where a label is not `name=value`.
  static func labelsByName(_ values: ConfigValues) throws(ConfigError) -> [String: String] {
    var labels: [String: String] = [:]
    for text in values[Self.labels] {
      guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
        throw ConfigError(
          code: .invalidValue, origin: values.origin(of: Self.labels),
          key: Self.labels.name, expected: "name=value", found: "'\(text)'")
      }
      labels[String(text[..<equals])] = String(text[text.index(after: equals)...])
    }
    return labels
  }
}

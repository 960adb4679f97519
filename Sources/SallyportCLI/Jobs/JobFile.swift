import SallyportConfig

/// The keys of a job file (`job submit -f job.yaml`). Keys that are not here are refused.
enum JobFile: SettingsCatalog {
  static let pool = Setting.optional("pool", .string, "Worker pool that runs the job.")
  static let command = Setting.optional(
    "command", .list(maximumCount: 10_000), "The command and its arguments; no shell.")
  static let vcsPool = Setting.optional(
    "checkout.vcs-pool", .string, "VCS pool that reaches the repository.")
  static let repository = Setting.optional(
    "checkout.repository", .string, "Path of the repository, such as team/app.git.")
  static let ref = Setting.optional(
    "checkout.ref", .string, "Branch, tag or full ref name.")
  static let commit = Setting.optional(
    "checkout.commit", .string(maximumLength: 40), "Commit that the ref must contain.")
  static let environment = Setting(
    "environment", .map, default: [:], "The job's environment; nothing else is in it.")
  static let secrets = Setting(
    "secrets", .list(maximumCount: 64), default: [],
    "Secrets that the worker hands to the job: NAME, NAME=as:VARIABLE or NAME=file:PATH. Never "
      + "values.")
  static let contexts = Setting(
    "contexts", .list(maximumCount: 16), default: [],
    "Contexts whose secrets and variables the job gets, before those of its pool; the first counts "
      + "most.")
  static let timeout = Setting.optional(
    "timeout", .duration(atLeast: .seconds(1)),
    "From start to kill; without it, the gateway's default.")
  static let priority = Setting.optional(
    "priority", .integer(in: -100...100), "Jobs of a higher priority start first; 0 by default.")
  static let selector = Setting(
    "selector", .map, default: [:], "Only workers that have all these labels take the job.")
  static let queueTimeout = Setting.optional(
    "queue-timeout", .duration(atLeast: .seconds(1)),
    "A job that has not begun to run after this long ends as timed out.")
  static let retryOn = Setting.optional(
    "retry.on", .choice(SchedulingRequest.RetryOn.self),
    "After which ends another attempt is made.")
  static let maximumAttempts = Setting.optional(
    "retry.max-attempts", .integer(in: 1...100), "Attempts in all, the first included.")
  static let retryBackoff = Setting.optional(
    "retry.backoff", .duration(atLeast: .milliseconds(100)),
    "Before the second attempt; doubled for each further one.")
  static let maximumRetryBackoff = Setting.optional(
    "retry.max-backoff", .duration(atLeast: .milliseconds(100)),
    "The most that is waited between attempts.")
  static let idempotencyKey = Setting.optional(
    "idempotency-key", .string(maximumLength: 255), "Submitting twice with one key is one job.")

  static let schema = ConfigSchema(
    program: "sallyport job", environmentPrefix: "SALLYPORT_JOB_FILE_", otherVariables: [],
    settings: [
      pool, command, vcsPool, repository, ref, commit, environment, secrets, contexts, timeout,
      priority,
      selector,
      queueTimeout, retryOn, maximumAttempts, retryBackoff, maximumRetryBackoff, idempotencyKey,
    ])
}

import ArgumentParser
import SallyportConfig

/// The options of `job submit` that say when and where the job runs.
struct SchedulingOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "From -100 to 100: jobs of a higher priority start first. Default: 0.")
  var priority: Int32?

  @Option(
    help: ArgumentHelp(
      "Only workers with this label take the job; may be repeated.", valueName: "name=value"))
  var select: [NamedValueArgument] = []

  @Option(
    name: .customLong("queue-timeout"),
    help: ArgumentHelp(
      "A job that has not begun to run after this long ends as timed out. Default: it waits.",
      valueName: "duration"),
    transform: { try DurationText.parse($0) })
  var queueTimeout: Duration?

  @Option(
    help: ArgumentHelp(
      "After which ends another attempt is made: when the worker was lost, or always but for "
        + "success and cancellation. Default: never."))
  var retry: SchedulingRequest.RetryOn?

  @Option(
    name: .customLong("max-attempts"),
    help: "Attempts in all, the first included, at most 100. Default: 3.")
  var maximumAttempts: UInt32?

  @Option(
    name: .customLong("retry-backoff"),
    help: ArgumentHelp(
      "Before the second attempt; doubled for each further one. Default: 10s.",
      valueName: "duration"),
    transform: { try DurationText.parse($0) })
  var retryBackoff: Duration?

  @Option(
    name: .customLong("max-retry-backoff"),
    help: ArgumentHelp(
      "The most that is waited between attempts. Default: 10m.", valueName: "duration"),
    transform: { try DurationText.parse($0) })
  var maximumRetryBackoff: Duration?

  var request: SchedulingRequest {
    var request = SchedulingRequest()
    request.priority = priority
    request.selector = select.byName
    request.queueTimeout = queueTimeout
    request.retryOn = retry
    request.maximumAttempts = maximumAttempts
    request.retryBackoff = retryBackoff
    request.maximumRetryBackoff = maximumRetryBackoff
    return request
  }
}

internal import SallyportCore

/// What matchers look at, of a job with one of the refs that it may mean or of a fetch.
struct PolicyFacts: Hashable, Sendable {
  var repository: RepositoryName?
  var target: GitTarget?
  var command: [String] = []
  var image: String?
  var environment: [String] = []
  var secrets: [String] = []
  var timeout: Duration?
  var submitter: String?
  var signers: [String] = []
  var labels: [String: String] = [:]
  var worker: String?

  init(_ job: JobFacts, target: GitTarget?) {
    repository = job.checkout?.repository
    self.target = target
    command = job.command
    image = job.image
    environment = job.environment
    secrets = job.secrets
    timeout = job.timeout
    submitter = job.submitter
    signers = job.signers
    labels = job.labels
  }

  init(_ fetch: FetchFacts) {
    repository = fetch.repository
    target = fetch.target
    signers = fetch.caller.signers
    worker = fetch.caller.worker.uri
  }
}

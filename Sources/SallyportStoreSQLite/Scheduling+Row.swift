import FoundationEssentials
import GRDB
import SallyportCore
import SallyportStore

extension Scheduling {
  /// From a row of `job_view`.
  init(row: Row) throws {
    let rank: Int32 = try row.value("rank")
    let timeout: Int64? = row["queue_timeout"]
    let backoff: Int64 = try row.value("retry_backoff")
    let maximumBackoff: Int64 = try row.value("retry_maximum_backoff")
    self.init(
      priority: 0 - rank, selector: try SelectorCoding.decode(try row.value("selector_labels")),
      queueTimeout: timeout.map { .milliseconds($0) },
      retry: RetryPolicy(
        on: try row.raw("retry_on"), maximumAttempts: try row.value("retry_attempts"),
        backoff: .milliseconds(backoff), maximumBackoff: .milliseconds(maximumBackoff)))
  }
}

/// Labels as JSON with sorted keys: equal ones are equal text.
enum SelectorCoding {
  private static let none = "{}"

  static func encode(_ labels: [String: String]) throws -> String {
    guard !labels.isEmpty else { return none }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(labels), as: UTF8.self)
  }

  static func decode(_ text: String) throws -> [String: String] {
    guard text != none else { return [:] }
    return try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
  }
}

extension Database {
  func insert(_ job: JobSubmission, selector: Int64) throws {
    let scheduling = job.scheduling
    let retry = scheduling.retry
    try run(
      """
      INSERT INTO job (id, tenant, pool, state, vcs_pool, submitted_by, submitted_at, rank,
        selector, queue_timeout, queue_until, retry_on, retry_attempts, retry_backoff,
        retry_maximum_backoff)
      VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        job.id.rawValue, job.tenant.rawValue, job.pool.rawValue, job.vcsPool?.rawValue,
        job.submittedBy, job.time.milliseconds, 0 - scheduling.priority, selector,
        scheduling.queueTimeout?.wholeMilliseconds,
        scheduling.queueTimeout.map { (job.time + $0).milliseconds }, retry.on.rawValue,
        retry.maximumAttempts, retry.backoff.wholeMilliseconds,
        retry.maximumBackoff.wholeMilliseconds,
      ])
  }

  /// The number of the job's selector.
  ///
  /// - Throws: ``StoreError/Code/overloaded`` where the pool's queue has too many others.
  func selector(of job: JobSubmission) throws -> Int64 {
    let text = try SelectorCoding.encode(job.scheduling.selector)
    let known = try row("SELECT id FROM selector WHERE labels = ?", [text])
      .map { row -> Int64 in try row.value("id") }
    let lanes = try rows(
      "SELECT selector FROM queue_lane WHERE tenant = ? AND pool = ?",
      [job.tenant.rawValue, job.pool.rawValue]
    ).map { row -> Int64 in try row.value("selector") }
    guard lanes.count < job.selectorLimit || known.map(lanes.contains) == true else {
      throw StoreError(
        code: .overloaded,
        message: """
          the queued jobs of pool \(job.pool) have \(lanes.count) different selectors, at most \
          \(job.selectorLimit) fit
          """)
    }
    if let known { return known }
    try run("INSERT INTO selector (labels) VALUES (?)", [text])
    let selector = lastInsertedRowID
    for (key, value) in job.scheduling.selector {
      try run("INSERT INTO selector_label VALUES (?, ?, ?)", [selector, key, value])
    }
    return selector
  }

  func setLabels(_ labels: [String: String], of worker: WorkerID) throws {
    try run("DELETE FROM worker_label WHERE worker = ?", [worker.rawValue])
    for (key, value) in labels {
      try run("INSERT INTO worker_label VALUES (?, ?, ?)", [worker.rawValue, key, value])
    }
  }
}

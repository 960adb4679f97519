import FoundationEssentials
import GRDB
import SallyportCore
import SallyportStore

extension Scheduling {
  /// From a row with the columns of ``JobColumn/list``.
  init(row: Row) throws {
    typealias Column = JobColumn
    let rank: Int32 = try row.value(Column.rank)
    let timeout: Int64? = try row.optional(Column.queueTimeout)
    let backoff: Int64 = try row.value(Column.retryBackoff)
    let maximumBackoff: Int64 = try row.value(Column.retryMaximumBackoff)
    self.init(
      priority: 0 - rank,
      selector: try SelectorCoding.decode(try row.value(Column.openedSelectorLabels)),
      queueTimeout: timeout.map { .milliseconds($0) },
      retry: RetryPolicy(
        on: try row.raw(Column.retryOn), maximumAttempts: try row.value(Column.retryAttempts),
        backoff: .milliseconds(backoff), maximumBackoff: .milliseconds(maximumBackoff)))
  }
}

/// Labels as JSON with sorted keys: equal ones are equal text.
enum SelectorCoding {
  static let none = "{}"

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
    let known =
      text == SelectorCoding.none
      ? 1
      : try row(
        """
        SELECT id FROM selector
        WHERE tenant = :tenant AND lookup = indexed(:tenant, 'selector.lookup', :labels)
        """,
        ["tenant": job.tenant.rawValue, "labels": text]
      ).map { row -> Int64 in try row.value("id") }
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
    try run(
      """
      INSERT INTO selector (tenant, lookup, labels)
      SELECT tenant, lookup, sealed(tenant, 'selector.labels', labels, lookup)
      FROM (SELECT :tenant AS tenant, :labels AS labels,
        indexed(:tenant, 'selector.lookup', :labels) AS lookup)
      """,
      ["tenant": job.tenant.rawValue, "labels": text])
    let selector = lastInsertedRowID
    try setLabels(
      job.scheduling.selector, of: job.tenant, inserting: "INSERT INTO selector_label", selector)
    return selector
  }

  func setLabels(_ labels: [String: String], of worker: WorkerID, tenant: TenantName?) throws {
    try run("DELETE FROM worker_label WHERE worker = ?", [worker.rawValue])
    guard let tenant else { return }
    try setLabels(labels, of: tenant, inserting: "INSERT INTO worker_label", worker.rawValue)
  }

  /// Selectors and workers have labels of the same form, so that SQL can compare them.
  func setLabels(
    _ labels: [String: String], of tenant: TenantName, inserting statement: String,
    _ owner: some DatabaseValueConvertible
  ) throws {
    for (key, value) in labels {
      // A value's hash is of its key, too: the same word means something else there.
      try run(
        """
        \(statement) VALUES (:owner, indexed(:tenant, 'label.key', :key),
          CASE sealing_overhead() WHEN 0 THEN :value
            ELSE indexed(:tenant, 'label.value', :key || char(31) || :value) END)
        """,
        ["owner": owner, "tenant": tenant.rawValue, "key": key, "value": value])
    }
  }
}

/// What goes with a pool.
extension PurgeStep {
  private static let ofPool = "tenant = :tenant AND pool = :pool"

  /// In the order in which they can be done. The first ends a revocation; the others are a purge's, and
  /// come after the audit records' words, which are found by the ids of what goes.
  static let poolSteps: [PurgeStep] = [
    queuedJobs, .jobs(of: "\(ofPool) ORDER BY state, sequence"),
    PurgeStep("queue_lane", key: "selector", of: ofPool), selectors,
    PurgeStep("sealed_secret", key: "context, name", of: ofPool), contexts,
    PurgeStep("context_pool", key: "number", of: ofPool),
    PurgeStep("pool_key", key: "number", of: ofPool), members,
    PurgeStep(
      "certificate", key: "fingerprint",
      of: """
        tenant = :tenant
          AND instr(spiffe_id, '/tenant/' || :tenant || '/pool/' || :pool || '/') > 0
        """, batch: 10_000),
    PurgeStep("token", key: "id", of: ofPool),
  ]

  /// They have no attempt that goes on.
  private static let queuedJobs = PurgeStep(
    "queued job", batch: 500,
    statements: [
      """
      UPDATE job SET state = 'cancelled', finished_at = :time, not_before = NULL,
        reason = sealed(tenant, 'job.reason', '\(PoolPurged.reason)', id)
      WHERE sequence IN (
        SELECT sequence FROM job INDEXED BY job_by_pool
        WHERE tenant = :tenant AND pool = :pool AND state = 'queued' ORDER BY sequence LIMIT :batch)
      """
    ])

  /// Those that only jobs of the pool asked for.
  private static let selectors: PurgeStep = {
    let unused = """
      SELECT id FROM selector WHERE tenant = :tenant
        AND id NOT IN (SELECT selector FROM job WHERE tenant = :tenant)
        AND id NOT IN (SELECT selector FROM queue_lane WHERE tenant = :tenant)
      ORDER BY lookup LIMIT :batch
      """
    return PurgeStep(
      "selector", batch: 1_000,
      statements: [
        "DELETE FROM selector_label WHERE selector IN (\(unused))",
        "DELETE FROM selector WHERE id IN (\(unused))",
      ])
  }()

  /// Contexts that were the pool's alone: attached to it, to no other pool, and without a secret of
  /// another pool's. Their variables go with them.
  private static let contexts: PurgeStep = {
    let own = """
      SELECT name FROM context WHERE tenant = :tenant
        AND EXISTS (SELECT 1 FROM context_pool AS its WHERE its.tenant = :tenant
          AND its.context = context.name AND its.pool = :pool)
        AND NOT EXISTS (SELECT 1 FROM context_pool AS its WHERE its.tenant = :tenant
          AND its.context = context.name AND its.pool <> :pool)
        AND NOT EXISTS (SELECT 1 FROM sealed_secret AS its WHERE its.tenant = :tenant
          AND its.context = context.name AND its.pool <> :pool AND its.sealed IS NOT NULL)
      ORDER BY name LIMIT :batch
      """
    return PurgeStep(
      "variable", batch: 20,
      statements: [
        "DELETE FROM variable WHERE tenant = :tenant AND context IN (\(own))",
        "DELETE FROM context WHERE tenant = :tenant AND name IN (\(own))",
      ])
  }()

  private static let members: PurgeStep = {
    let members = """
      SELECT id FROM enrollee WHERE tenant = :tenant AND pool = :pool
        AND role IN ('worker', 'agent') ORDER BY id LIMIT :batch
      """
    return PurgeStep(
      "enrollee", batch: 200,
      statements: [
        "DELETE FROM worker_label WHERE worker IN (\(members))",
        // That of the pool stays, for gateways that have not heard of it.
        """
        DELETE FROM revocation
        WHERE tenant = :tenant AND role IN ('worker', 'agent') AND name IN (\(members))
        """,
        "DELETE FROM enrollee WHERE id IN (\(members))",
      ])
  }()
}

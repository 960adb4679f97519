package import Logging
internal import SallyportCore
package import SallyportLedger
package import SallyportPolicy

/// The admission policy that a worker or VCS agent obeys: on record before the first decision, and
/// read again when asked.
package struct PolicyInForce: Sendable {
  private let source: PolicySource?
  private let query: (any PolicyQuery)?
  private let ledger: any LedgerRecording
  private let logger: Logger
  /// The file may be on a file server that does not answer.
  private let files = BlockingQueue(label: "sallyport.policy")

  /// - Parameters:
  ///   - source: Nil where there is no policy.
  ///   - query: Who is asked besides; nil: nobody.
  package init(
    _ source: PolicySource?, asking query: (any PolicyQuery)?, ledger: any LedgerRecording,
    logger: Logger
  ) {
    self.source = source
    self.query = query
    self.ledger = ledger
    self.logger = logger
  }

  /// - Throws: `LedgerError`: nothing is decided by a policy that is not on record.
  package func recordStart() async throws(LedgerError) {
    if let source, let entry = LedgerPolicy(source.current, from: source) {
      try await ledger.append(entry)
    }
    if let query { try await ledger.append(LedgerPolicy(source: query.source, sha256: nil)) }
  }

  /// Reads the file again, for the decisions from now on; what runs or is served goes on. Where the
  /// file is not valid, the policy that was in force stays in force.
  package func reload() async {
    guard let source, source.path != nil else {
      logger.notice("nothing to reload: there is no policy file")
      return
    }
    do {
      let loaded = try await files.run { try source.reload() }
      logger.notice(
        "policy reloaded",
        metadata: [
          "rules": "\(loaded.policy.rules.count)",
          "policy-sha256": "\(loaded.digest?.rawValue ?? "none")",
        ])
      await record(loaded, from: source)
    } catch {
      logger.error(
        "policy not reloaded: the one before stays in force", metadata: ["error": "\(error)"])
    }
  }

  /// That it cannot be recorded changes nothing about what is in force: a file that was made
  /// stricter counts all the same, and nothing begins whose own record cannot be written.
  private func record(_ loaded: LoadedPolicy, from source: PolicySource) async {
    guard let entry = LedgerPolicy(loaded, from: source) else { return }
    do throws(LedgerError) {
      try await ledger.append(entry)
    } catch {
      logger.error("policy in force not recorded", metadata: ["error": "\(error)"])
    }
  }
}

extension LedgerPolicy {
  /// Nil for a policy that is not from a file.
  init?(_ loaded: LoadedPolicy, from source: PolicySource) {
    guard let path = source.path, let digest = loaded.digest else { return nil }
    self.init(source: path, sha256: digest.rawValue, rules: loaded.policy.rules.count)
  }
}

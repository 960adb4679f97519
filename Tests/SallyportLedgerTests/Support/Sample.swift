import SallyportCore

@testable import SallyportLedger

/// Entries to append, and hostile text to put into them.
enum Sample {
  static let attempt = AttemptID(job: JobID(unchecked: hexadecimal("a")), epoch: 3)
  static let relay = RelayID(unchecked: hexadecimal("b"))
  static let hostile =
    "a\nb\r\t\u{0}\u{1b}[31m\u{7f}\u{85}\u{9b}\u{ad}\u{200b}\u{202e}\u{2028}\u{2029}\u{2066}"
    + "\u{feff}\u{fffd}\"\\/é\u{1f600}\u{10ffff}"

  static func peer(segments: Int = 1) throws -> SPIFFEID {
    try SPIFFEID(
      trustDomain: "acme.example",
      segments: (0..<segments).map { _ in String(repeating: "w", count: 99) })
  }

  static func job(_ number: Int = 0) -> LedgerJob {
    LedgerJob(
      attempt, decision: .allow(rule: "main-only"), submitter: "alice \(number)", keyID: "key-1",
      repository: "team/app.git", ref: "refs/heads/main")
  }

  /// One of each kind, with the same text and list wherever there is one.
  static func all(text: String, list: LedgerList, peer: SPIFFEID) -> [any LedgerEntry] {
    let deny = LedgerDecision.deny(
      rule: text, reason: text,
      policyAgent: LedgerDecision.PolicyAgent(path: text, decisionID: text))
    var request = LedgerRequest(
      .refused, relay: relay, peer: peer, decision: deny, admission: .max)
    request.job = attempt.job
    request.repository = text
    request.service = text
    request.refs = list
    request.wants = list
    request.status = .max
    request.bytesIn = .max
    request.bytesOut = .max
    return [
      LedgerOpening(ledger: text, program: text, programVersion: text),
      LedgerRecovery(droppedBytes: .max), LedgerStart(program: text, version: text, commit: text),
      LedgerStop(outcome: .failed), LedgerPolicy(source: text, sha256: text, rules: .max),
      LedgerConnection(.refused, gateway: text, certificateFingerprint: text, reason: text),
      LedgerExternalIDRefusal(attempt: attempt, reason: text),
      LedgerJob(
        attempt, decision: deny, submitter: text, keyID: text, payloadSHA256: text,
        repository: text, ref: text),
      LedgerAttempt(
        attempt, outcome: .timedOut, exitCode: -1, signal: 9, reason: text, logBytes: .max,
        commit: text),
      LedgerSecrets(attempt, names: list),
      LedgerRelay(
        .closed, relay, peer: peer, attempt: attempt, bytesIn: .max, bytesOut: .max, reason: text),
      LedgerGrant(relay: relay, peer: peer, job: attempt.job, keyID: text, decision: deny), request,
    ]
  }

  private static func hexadecimal(_ digit: Character) -> String {
    String(repeating: digit, count: 32)
  }
}

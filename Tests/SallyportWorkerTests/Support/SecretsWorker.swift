import Foundation
import Logging
import SallyportCore
import SallyportLedger
import SallyportPolicy
import SallyportProtos
import SallyportSecrets
import SallyportSigning
import SallyportTestSupport
import SwiftProtobuf
import Testing

@testable import SallyportWorker

/// A worker with a secrets file, and what its jobs leave behind.
struct SecretsWorker: Sendable {
  let directory: TemporaryDirectory
  let log = WorkerLog()
  let ledger = MemoryLedger()
  let checkouts = FakeCheckout()

  init() throws { directory = try TemporaryDirectory() }

  var secretsFile: String { directory.file("secrets.yaml") }

  func write(_ text: String, to name: String) throws {
    let path = directory.file(name)
    try Data(text.utf8).write(to: URL(filePath: path))
    chmod(path, 0o600)
  }

  func read(_ name: String) -> String? {
    try? String(contentsOfFile: directory.file(name), encoding: .utf8)
  }

  func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: directory.file(name))
  }

  /// - Parameter entries: Of the secrets file, each one line in flow style.
  func run(
    _ entries: [String], configure: (inout WorkerSettings) throws -> Void = { _ in },
    _ body: @escaping @Sendable (RunningWorker) async throws -> Void
  ) async throws {
    let list = entries.map { "  - {\($0)}\n" }.joined()
    try write("version: 1\nsecrets:\n\(list.isEmpty ? "  []\n" : list)", to: "secrets.yaml")
    let catalog = try SecretCatalogSource(path: secretsFile)
    var problem: (any Error)?
    try await RunningWorker.with(
      directory: directory, checkouts: checkouts, logger: log.logger, ledger: ledger,
      configure: { settings in
        settings.admission.secrets = catalog
        do { try configure(&settings) } catch { problem = error }
      }, body)
    if let problem { throw problem }
  }

  /// A job that runs a script of the shell, with secrets as `--secret` takes them.
  func job(
    _ script: String, secrets: [String], ref: String? = nil
  ) throws -> Sallyport_Worker_V1_JobSpec {
    var spec = Sallyport_Worker_V1_JobSpec()
    spec.command = ["sh", "-c", script]
    spec.environment = ["OUT": directory.path]
    spec.timeout.seconds = 60
    spec.secrets = try secrets.map { try JobSecret(parsing: $0).message }
    if let ref {
      spec.checkout.vcsPool = "git"
      spec.checkout.repository = "team/app.git"
      spec.checkout.ref = ref
    }
    return spec
  }

  func offer(
    _ spec: Sallyport_Worker_V1_JobSpec, _ attempt: AttemptID, in running: RunningWorker
  ) {
    running.gateway.send {
      $0.offer.attempt = attempt.message
      $0.offer.externalID = running.gateway.externalID
      $0.offer.job = spec
    }
  }

  func end(
    of attempt: AttemptID, in running: RunningWorker
  ) async throws -> Sallyport_Worker_V1_FinishAttemptRequest {
    try await running.gateway.next { event in
      guard case .finish(let request) = event else { return nil }
      return request.attempt == attempt.message ? request : nil
    }
  }

  func end(
    of spec: Sallyport_Worker_V1_JobSpec, in running: RunningWorker
  ) async throws -> Sallyport_Worker_V1_FinishAttemptRequest {
    let attempt = AttemptID(job: .random(), epoch: 1)
    offer(spec, attempt, in: running)
    return try await end(of: attempt, in: running)
  }

  /// All that a job's submitter and the customer's log were told.
  func told(
    _ request: Sallyport_Worker_V1_FinishAttemptRequest, in running: RunningWorker
  ) throws -> String {
    let attempt = try #require(AttemptID(request.attempt))
    let bytes = try running.gateway.log(of: attempt).flatMap(\.payload)
    return request.reason + String(decoding: bytes, as: UTF8.self)
      + log.lines.joined(separator: "\n")
  }
}

import Dispatch
import FoundationEssentials
import Logging
import SallyportCore
import SallyportGateway
import SallyportIdentity
import ServiceLifecycle
import Synchronization

/// The gateway's own certificate: issued by its CA at every start, and again when half of its life
/// is over or a clock that was set back makes it one of the future. New connections use the new one;
/// open ones go on with the old.
final class ServerCertificate: Service, CustomStringConvertible {
  private let ca: GatewayCA
  private let names: ServerNames
  private let lifetime: Duration
  private let files: CredentialFiles
  private let logger: Logger
  private let newest: Mutex<Credentials>
  private let queue = DispatchQueue(label: "sallyport.server-certificate")

  init(
    ca: GatewayCA, names: ServerNames, lifetime: Duration, directory: String, logger: Logger
  ) throws {
    self.ca = ca
    self.names = names
    self.lifetime = lifetime
    self.logger = logger
    files = CredentialFiles(directory: directory)
    try Self.issue(from: ca, names: names, lifetime: lifetime, to: files)
    newest = Mutex(try files.load())
  }

  var description: String { "server certificate" }

  var credentials: Credentials { newest.withLock { $0 } }

  static func issue(
    from ca: GatewayCA, names: ServerNames, lifetime: Duration, to files: CredentialFiles
  ) throws {
    let key = SigningKey.generate()
    let issued = try ca.issueServer(
      for: try CertificateRequest(verifying: try key.certificateRequest()),
      names: names, lifetime: lifetime)
    try files.replace(key: key, chain: issued.chain, roots: [ca.certificate])
  }

  func run() async throws {
    await cancelWhenGracefulShutdown {
      // The wall clock may be set while this sleeps, in either direction: it is asked often.
      let pause = min(Self.interval, self.lifetime / 10)
      while (try? await Task.sleep(for: pause)) != nil {
        let leaf = self.credentials.leaf
        guard
          CertificateLifetime.isToBeReplaced(
            from: leaf.notBefore, to: leaf.notAfter, now: Date())
        else { continue }
        do {
          try await self.renew()
          self.logger.info("the server's certificate was renewed")
        } catch {
          self.logger.error(
            "the server's certificate was not renewed; trying again",
            metadata: ["error": "\(error)", "seconds": "\(pause.components.seconds)"])
        }
      }
    }
  }

  private static let interval = Duration.seconds(60)

  /// Files are synchronised to disk on a thread of their own.
  private func renew() async throws {
    try await withCheckedThrowingContinuation { continuation in
      queue.async {
        continuation.resume(
          with: Result {
            try Self.issue(
              from: self.ca, names: self.names, lifetime: self.lifetime, to: self.files)
            let credentials = try self.files.load()
            self.newest.withLock { $0 = credentials }
          })
      }
    }
  }
}

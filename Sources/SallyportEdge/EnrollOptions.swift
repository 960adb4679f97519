package import ArgumentParser
internal import Glibc
internal import SallyportConfig
internal import SallyportIdentity
internal import SallyportRelay
package import SallyportSession
internal import SallyportTLS
internal import SallyportTransport

/// What the `enroll` command of workers and VCS agents does.
package struct EnrollOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Enroll listener of the gateway.", valueName: "host:port"))
  package var gateway: String

  @Option(
    name: .customLong("ca"),
    help: ArgumentHelp("Certificate of the gateway CA (PEM).", valueName: "file"),
    completion: .file())
  package var caFile: String

  @Option(
    help: ArgumentHelp(
      "Name in the gateway's certificate; without it, the host of --gateway.", valueName: "name"))
  package var serverName: String?

  @Option(help: ArgumentHelp("Trust domain of the gateway.", valueName: "domain"))
  package var trustDomain: String?

  @Option(
    name: .customLong("state-dir"),
    help: ArgumentHelp("Folder for keys and certificates.", valueName: "directory"),
    completion: .directory)
  package var stateDirectory: String

  @Option(
    help: ArgumentHelp(
      "File with the enrollment token, '-' for standard input. Remove it afterwards.",
      valueName: "file"),
    completion: .file())
  package var tokenFile: String

  @Option(help: ArgumentHelp("Name shown to operators; without it, the host's.", valueName: "name"))
  package var displayName: String?

  package init() {}

  /// Enrolls and prints the identity.
  package func enroll(as role: EnrollmentRole) async throws {
    let address = try parseAddress()
    let source: TokenSource = tokenFile == "-" ? .standardInput : .file(tokenFile)
    let token = try source.read()
    let roots = try loadRoots()
    let state = try StateDirectory.open(stateDirectory)
    let trustDomain = trustDomain
    let dialer = SecureGatewayDialer(
      endpoint: ServerEndpoint(
        host: address.host, port: address.port, serverName: serverName ?? address.host),
      tls: {
        TLSConfiguration(
          role: .client, trustRoots: roots,
          verifyPeer: PeerVerifier.gatewayServer(trustDomain: trustDomain))
      })
    let enrollment = Enrollment(
      role: role, displayName: displayName ?? HostName.current)
    let record = try await dialer.withLink { link in
      try await enrollment.enroll(over: link.client, token: token, into: state)
    }
    print("enrolled as \(record.spiffeID)")
  }

  private func parseAddress() throws -> HostPort {
    do {
      return try HostPort(parsing: gateway)
    } catch {
      throw ValidationError("--gateway: \(error)")
    }
  }

  private func loadRoots() throws(SessionError) -> [[UInt8]] {
    do {
      return try CertificateFile.load(caFile)
    } catch {
      throw SessionError(.state, "--ca: \(error.message)")
    }
  }
}

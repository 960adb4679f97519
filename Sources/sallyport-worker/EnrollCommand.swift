import ArgumentParser
import GRPCCore
import SallyportConfig
import SallyportCore
import SallyportIdentity
import SallyportSession
import SallyportTLS
import SallyportTransport
import SallyportWorker

struct EnrollCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "enroll",
    abstract: "Exchange an enrollment token for this worker's identity.",
    discussion: """
      The key is made on this host and never leaves it. The command may be repeated with the same \
      token until it succeeds.
      """)

  @Option(help: ArgumentHelp("The gateway's enroll listener.", valueName: "host:port"))
  var gateway: String

  @Option(help: "The gateway's CA certificates (PEM).", completion: .file(extensions: ["pem"]))
  var ca: String

  @Option(help: "Name in the gateway's certificate; the host of --gateway where left out.")
  var serverName: String?

  @Option(help: "The gateway's trust domain.")
  var trustDomain: String

  @Option(help: "Folder for this worker's identity and work.", completion: .directory)
  var stateDir: String

  @Option(
    help: ArgumentHelp(
      "File with the enrollment token, or '-' for standard input.", valueName: "file|-"),
    completion: .file())
  var tokenFile: String

  @Option(help: "Name of this worker for people; the host's name where left out.")
  var displayName: String?

  func run() async throws {
    let endpoint: HostPort
    do {
      endpoint = try HostPort(parsing: gateway)
    } catch {
      throw ValidationError("--gateway: expected \(HostPort.expected)")
    }
    let token = try (tokenFile == "-" ? TokenSource.standardInput : .file(tokenFile)).read()
    let roots = try CertificateFile.load(ca)
    let state = try StateDirectory.open(stateDir)
    let tls = TLSConfiguration(
      role: .client, trustRoots: roots,
      verifyPeer: PeerVerifier.gatewayServer(trustDomain: trustDomain))
    let transport = SecureClientTransport(
      endpoint: ServerEndpoint(
        host: endpoint.host, port: endpoint.port, serverName: serverName),
      tls: { tls })
    let enrollment = Enrollment(
      role: .worker, displayName: displayName ?? HostName.current, gateway: "")
    let record = try await withGRPCClient(transport: transport) { client in
      try await enrollment.enroll(over: client, token: token, into: state)
    }
    print("enrolled as \(record.spiffeID.uri)")
    if !state.hasInnerIdentity {
      print(
        "next: put an inner certificate into \(stateDir)/trust (sallyport trust issue), so that "
          + "jobs can check out")
    }
  }
}

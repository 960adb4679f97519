import ArgumentParser
import FoundationEssentials
import SallyportConfig
import SallyportCore
import SallyportIdentity
import SallyportProtos
import SallyportSealing
import SwiftProtobuf

struct PoolKeyPublish: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "publish", abstract: "Let those who seal find a pool's certified key.",
    discussion: """
      The gateway hands the certificate out; who seals verifies it against their own copy of the trust \
      root. Start the pool's workers with the private key first.
      """)

  @Argument(help: "The certificate that 'sealing-key certify' wrote.", completion: .file())
  var certificate: String

  @Option(help: "The worker pool.")
  var pool: String

  @Option(
    name: .customLong("trust-root"), help: "Certificate of the trust root (root.pem).",
    completion: .file(extensions: ["pem"]))
  var trustRoot: String

  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let session = try global.session()
    let text = String(decoding: try DurableFile.read(certificate), as: UTF8.self)
    let chain = try CertificatePEM.decode(text)
    // What nobody would seal to is not published.
    let key = try PoolKey(
      certificate: chain[0], tenant: try session.tenant(), pool: try PoolName(pool),
      roots: try CertificateFile.load(trustRoot))
    let request = Sallyport_Operator_V1_PublishPoolKeyRequest.with {
      $0.pool = pool
      $0.keyID = "\(key.id)"
      $0.certificate = Data(chain[0])
    }
    let published = try await session.call { client, options in
      try await client.publishPoolKey(request, options: options)
    }
    try await global.show(PoolKeyView(published))
  }
}

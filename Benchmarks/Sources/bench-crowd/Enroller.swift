import BenchmarkSupport
import GRPCCore
import SallyportCore
import SallyportIdentity
import SallyportProtos
import SallyportTLS
import SallyportTransport
import SwiftProtobuf

/// Makes identities of workers, as `sallyport-worker enroll` does.
struct Enroller: Sendable {
  struct Identity: Sendable {
    let key: Secret<[UInt8]>
    let chain: [[UInt8]]

    func tls(root: [UInt8]) -> TLSConfiguration {
      TLSConfiguration(
        role: .client, certificateChain: chain, privateKey: key, trustRoots: [root])
    }
  }

  /// Calls of one connection, of which the enroll listener allows few and for a minute.
  private static let callsPerConnection = 200

  let endpoint: ServerEndpoint
  let root: [UInt8]

  static func readToken(_ path: String) throws -> String {
    let bytes = try IdentityFolder.read(path)
    return String(decoding: bytes, as: UTF8.self).filter { !$0.isNewline }
  }

  func enroll(_ count: Int, with token: String) async throws -> [Identity] {
    var identities: [Identity] = []
    for start in stride(from: 0, to: count, by: Self.callsPerConnection) {
      identities += try await enrollOnOneConnection(
        min(Self.callsPerConnection, count - start), token)
    }
    return identities
  }

  private func enrollOnOneConnection(
    _ count: Int, _ token: String
  ) async throws -> [Identity] {
    let tls = TLSConfiguration(role: .client, trustRoots: [root])
    let transport = SecureClientTransport(endpoint: endpoint, tls: { tls })
    return try await withGRPCClient(transport: transport) { client in
      var identities: [Identity] = []
      for _ in 0..<count { identities.append(try await enrollOne(client, token)) }
      return identities
    }
  }

  private func enrollOne<Transport: ClientTransport>(
    _ client: GRPCClient<Transport>, _ token: String
  ) async throws -> Identity {
    let key = SigningKey.generate()
    let request = try key.certificateRequest()
    let response = try await Sallyport_Enroll_V1_EnrollService.Client(wrapping: client).enroll(
      .with {
        $0.token = token
        $0.csrDer = .init(request)
        $0.role = .worker
      })
    return Identity(
      key: key.derRepresentation, chain: response.certificateChainDer.map { Array($0) })
  }
}

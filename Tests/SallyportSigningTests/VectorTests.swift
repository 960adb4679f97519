import Foundation
import SallyportCore
import SallyportSigning
import Subprocess
import SystemPackage
import Testing

/// docs/vectors/signed-jobs.json, read by this implementation and by one in Python.
@Suite struct VectorTests {
  private struct Document: Codable {
    struct Audience: Codable {
      var tenant: String
      var externalID: String
      var workerPool: String
      var now: String

      enum CodingKeys: String, CodingKey {
        case tenant, now
        case externalID = "external_id"
        case workerPool = "worker_pool"
      }
    }

    struct Key: Codable {
      var keyID: String
      var publicKey: String

      enum CodingKeys: String, CodingKey {
        case keyID = "key_id"
        case publicKey = "public_key"
      }
    }

    struct Vector: Codable {
      var name: String
      var result: String
      var envelope: String
    }

    var audience: Audience
    var trusted: [Key]
    var revoked: [String]
    var vectors: [Vector]

    func keys() throws -> TrustedSigningKeys {
      let prefix = "302a300506032b6570032100"
      let keys = try trusted.map { key in
        let raw = try #require(Data(base64Encoded: key.publicKey))
        let der =
          Data(
            stride(from: 0, to: prefix.count, by: 2).map { index in
              let start = prefix.index(prefix.startIndex, offsetBy: index)
              return UInt8(prefix[start..<prefix.index(start, offsetBy: 2)], radix: 16) ?? 0
            }) + raw
        let pem =
          "-----BEGIN PUBLIC KEY-----\n\(der.base64EncodedString())\n-----END PUBLIC KEY-----\n"
        let read = try JobVerificationKey(pem: pem)
        #expect(read.id.rawValue == key.keyID)
        return read
      }
      return TrustedSigningKeys(keys, revoked: revoked.compactMap { SigningKeyID($0) })
    }

    func result(of vector: Vector) throws -> String {
      let keys = try keys()
      let reader = SallyportSigning.Audience(
        tenant: try TenantName(audience.tenant), externalID: audience.externalID,
        pool: .worker(try PoolName(audience.workerPool)))
      let now = try #require(StatementTime(audience.now))
      do throws(SignedJobError) {
        let job = try SignedJob.verify(Array(vector.envelope.utf8), keys: keys)
        try reader.check(job.statement, now: now)
        return "accepted"
      } catch {
        return error.code.rawValue
      }
    }
  }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private static func published() throws -> Document {
    try JSONDecoder().decode(
      Document.self, from: Data(contentsOf: root.appending(path: "docs/vectors/signed-jobs.json")))
  }

  private static func python(_ document: URL) async throws -> [String: String] {
    let script = root.appending(
      path: "Tests/SallyportSigningTests/Resources/verify_signed_jobs.py")
    let result = try await run(
      .path("/usr/bin/python3"), arguments: [script.path(), document.path()],
      output: .bytes(limit: 1 << 20), error: .string(limit: 1 << 16))
    try #require(result.terminationStatus.isSuccess, "\(result.standardError)")
    return try JSONDecoder().decode(
      [String: String].self, from: Data(result.standardOutput))
  }

  @Test func everyVectorIsReadAsPublished() throws {
    let document = try Self.published()
    #expect(document.vectors.count > 70)
    for vector in document.vectors {
      #expect(try document.result(of: vector) == vector.result, "\(vector.name)")
    }
  }

  @Test func anIndependentVerifierAgreesOnEveryVector() async throws {
    let document = try Self.published()
    let path = Self.root.appending(path: "docs/vectors/signed-jobs.json")
    let results = try await Self.python(path)
    #expect(results.count == document.vectors.count)
    for vector in document.vectors {
      #expect(results[vector.name] == vector.result, "\(vector.name)")
    }
  }

  /// What is signed here, and what it becomes when bytes of it are changed at random.
  @Test func anIndependentVerifierAgreesOnWhatIsSignedHere() async throws {
    var generator = SplitMix(state: 7)
    let key = JobSigningKey.generate()
    var document = try Self.published()
    let pem = key.publicKey.pem.split(separator: "\n").dropFirst().dropLast().joined()
    let raw = try #require(Data(base64Encoded: pem)).suffix(32)
    document.trusted.append(
      .init(keyID: key.id.rawValue, publicKey: Data(raw).base64EncodedString()))
    let original = try Samples.statement()
    let envelope = try SignedJob.sign(original, with: key).envelope
    document.vectors = [
      .init(name: "whole", result: "accepted", envelope: String(decoding: envelope, as: UTF8.self))
    ]
    for number in 0..<400 {
      var payload = original.json
      for _ in 0..<Int.random(in: 1...2, using: &generator) {
        let index = Int.random(in: 0..<payload.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: payload[index] = UInt8.random(in: 0x20...0x7E, using: &generator)
        case 1: payload.insert(UInt8.random(in: 0x20...0x7E, using: &generator), at: index)
        default: payload.remove(at: index)
        }
      }
      let signed = DSSEEnvelope.signedBytes(
        payloadType: JobStatement.payloadType, payload: payload)
      let changed = DSSEEnvelope(
        payloadType: JobStatement.payloadType, payload: payload,
        signatures: [.init(keyID: key.id.rawValue, bytes: try key.signature(for: signed))])
      document.vectors.append(
        .init(
          name: "changed \(number)", result: "",
          envelope: String(decoding: changed.json, as: UTF8.self)))
    }
    let path = FileManager.default.temporaryDirectory.appending(
      path: "sallyport-vectors-\(UUID().uuidString).json")
    try JSONEncoder().encode(document).write(to: path)
    defer { try? FileManager.default.removeItem(at: path) }
    let results = try await Self.python(path)
    #expect(results["whole"] == "accepted")
    var accepted = 0
    for vector in document.vectors {
      let own = try document.result(of: vector)
      accepted += own == "accepted" ? 1 : 0
      #expect(own == results[vector.name], "\(vector.name): \(vector.envelope)")
    }
    #expect((1..<document.vectors.count).contains(accepted))
  }
}

import FoundationEssentials
import SallyportCore
import SallyportIdentity
import Subprocess
import SystemPackage
import Testing

@testable import SallyportSealing

@Suite struct SealingKeyTests {
  @Test func aKeySurvivesItsFile() throws {
    let key = try SealingKey.generate()
    let again = try SealingKey(pem: key.pem.withValue { $0 })
    #expect(again.id == key.id)
    #expect(try SealingPublicKey(pem: key.publicKey.pem) == key.publicKey)
  }

  @Test func openSSLReadsOurFilesAndWeReadItsOwn() async throws {
    let made = try await run(
      .name("openssl"), arguments: ["genpkey", "-algorithm", "x25519"],
      output: .string(limit: 1 << 16))
    let key = try SealingKey(pem: made.standardOutput)
    let derived = try await run(
      .name("openssl"), arguments: ["pkey", "-pubout"],
      input: .string(key.pem.withValue { $0 }), output: .string(limit: 1 << 16))
    #expect(try SealingPublicKey(pem: derived.standardOutput) == key.publicKey)
  }

  @Test func aKeyPrintsNothing() throws {
    let key = try SealingKey.generate()
    #expect("\(key)" == "<X25519 private key>")
    var dumped = ""
    dump(key, to: &dumped)
    #expect(dumped == "- <X25519 private key>\n")
  }

  @Test func otherKeysAreRefused() throws {
    let signing = SigningKey.generate().pemRepresentation.withValue { $0 }
    for text in ["", "hello", signing, try SealingKey.generate().publicKey.pem] {
      #expect(throws: SealingError.self) { try SealingKey(pem: text) }
    }
    #expect(throws: SealingError.self) {
      try SealingPublicKey(pem: try SealingKey.generate().pem.withValue { $0 })
    }
  }

  @Test func aFileThatOthersMayReadIsRefused() throws {
    let path = FileManager.default.temporaryDirectory.path + "/sealing-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let key = try SealingKey.generate()
    try DurableFile.create(
      path, contents: Array(key.pem.withValue { $0 }.utf8), mode: .readableByAll)
    let error = #expect(throws: SealingError.self) { try SealingKey(file: path) }
    #expect(error?.message.contains("chmod 600") == true)
  }
}
